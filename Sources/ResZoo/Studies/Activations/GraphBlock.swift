import ResNetGraph

/// The nodes of a block where a study looks: the ends of its branch and of its shortcut, and its output.
struct GraphBlock: Hashable, Sendable {
  /// The block's path, for example `layer1.0`.
  let path: String
  /// All of its nodes.
  let nodes: Range<Int>
  /// The last node of the branch, before the sum; in a plain network, before the activation that ends the block.
  let branch: Int
  /// The other node that is summed; nil in a plain network.
  let shortcut: Int?
  /// The last node of the block.
  var output: Int { nodes.upperBound - 1 }
}

extension Graph {
  /// The blocks of all stages in the order in which they run.
  ///
  /// - Complexity: O(number of nodes).
  var blocks: [GraphBlock] {
    var blocks: [GraphBlock] = []
    var start = 0
    while start < nodes.count {
      let path = blockPath(of: start)
      let end = nodes[start...].indices.first { blockPath(of: $0) != path } ?? nodes.count
      if let path { blocks.append(block(path, start..<end)) }
      start = end
    }
    return blocks
  }

  private func block(_ path: String, _ range: Range<Int>) -> GraphBlock {
    if let sum = range.last(where: { nodes[$0].operation == .add }) {
      return GraphBlock(
        path: path, nodes: range, branch: nodes[sum].inputs[0], shortcut: nodes[sum].inputs[1])
    }
    let last = range.upperBound - 1
    let isActivated = nodes[last].operation == .relu
    return GraphBlock(
      path: path, nodes: range, branch: isActivated ? nodes[last].inputs[0] : last, shortcut: nil)
  }

  /// The first two words of the name of a node in a stage; nil outside the stages.
  private func blockPath(of node: Int) -> String? {
    let words = nodes[node].name.split(separator: ".")
    guard words.count > 2, words[0].hasPrefix("layer") else { return nil }
    return words.prefix(2).joined(separator: ".")
  }
}
