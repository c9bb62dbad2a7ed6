/// The result of a class or function that is not interpreted, as far as the pickle describes it. It belongs to one heap, in which
/// its lists grow in place.
final class PickleObject {
  /// The name of the class or function.
  let name: String
  /// The tuple that it was called with.
  let arguments: PickleValue
  /// True for an object that may have a state and elements of its own; false for the result of a function, and for one of an enumeration.
  let isInstance: Bool
  var state: PickleValue?
  /// The elements of a list or a set by another name.
  var items: [PickleValue] = []
  /// The entries of a dictionary by another name.
  var entries: [PickleEntry] = []

  init(name: String, arguments: PickleValue, isInstance: Bool = true) {
    self.name = name
    self.arguments = arguments
    self.isInstance = isInstance
  }
}
