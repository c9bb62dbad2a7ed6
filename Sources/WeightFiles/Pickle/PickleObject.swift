/// The result of a class or function that is not interpreted, as far as the pickle describes it. It belongs to one heap, in which
/// its lists grow in place.
final class PickleObject {
  /// The name of the class or function.
  let name: String
  /// The tuple that it was called with.
  let arguments: PickleValue
  var state: PickleValue?
  /// The elements of a list or a set by another name.
  var items: [PickleValue] = []
  /// The entries of a dictionary by another name.
  var entries: [PickleEntry] = []

  init(name: String, arguments: PickleValue) {
    self.name = name
    self.arguments = arguments
  }
}
