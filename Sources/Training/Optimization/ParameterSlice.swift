/// Numbers of the flat array of weights that are updated alike.
package struct ParameterSlice: Hashable, Sendable {
  /// The tensor's name in the graph.
  package var name: String
  /// Its elements in the flat array.
  package var range: Range<Int>
  /// True if it has the head's learning rate.
  package var isHead: Bool
  /// True if weight decay shrinks it.
  package var decays: Bool

  /// A slice from its fields.
  package init(name: String, range: Range<Int>, isHead: Bool, decays: Bool) {
    self.name = name
    self.range = range
    self.isHead = isHead
    self.decays = decays
  }
}
