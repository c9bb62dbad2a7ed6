/// The classes of an image that may have any number of them: positions among a set's labels, in rising order.
public struct LabelSet: Hashable, Sendable {
  /// The positions, each once.
  public let positions: [Int]

  /// A set of the given positions, in any order.
  public init(_ positions: some Sequence<Int>) {
    self.positions = Set(positions).sorted()
  }
}

/// The number of classes that an image of a set has.
public enum LabelForm: Hashable, Sendable {
  /// One class.
  case one
  /// Any number of classes. In a field of a manifest their names stand between separators; `|` by default.
  case several(separator: String? = nil)
}
