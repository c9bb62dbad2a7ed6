import ResNetGraph

extension Graph {
  /// The last node through which everything passes that reaches one of the given nodes or a later one: the nodes up to it
  /// can be computed without them.
  ///
  /// - Parameter trained: nodes; 0, the input, when the first layer is one of them.
  func boundary(before trained: Set<Int>) -> Int {
    let end = trained.min() ?? nodes.count
    // The earliest node that is read by one of the nodes from each index on.
    var earliest = nodes.count
    var boundary = 0
    var candidates = Array(repeating: false, count: nodes.count)
    for index in nodes.indices.reversed() {
      candidates[index] = earliest >= index
      earliest = min(earliest, nodes[index].inputs.min() ?? 0)
    }
    for index in nodes.indices where index < end && candidates[index] { boundary = index }
    return boundary
  }
}
