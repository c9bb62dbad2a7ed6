/// Numbers of the flat array of weights that are updated alike.
public struct ParameterSlice: Hashable, Sendable {
  /// The tensor's name in the graph.
  public var name: String
  /// Its elements in the flat array.
  public var range: Range<Int>
  /// True if it has the head's learning rate.
  public var isHead: Bool
  /// True if weight decay shrinks it.
  public var decays: Bool

  /// A span from its fields.
  public init(name: String, range: Range<Int>, isHead: Bool, decays: Bool) {
    self.name = name
    self.range = range
    self.isHead = isHead
    self.decays = decays
  }
}
