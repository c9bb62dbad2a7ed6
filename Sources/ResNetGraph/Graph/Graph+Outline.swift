/// The sections of a graph from the input to the logits: stem, stages and head.
public struct GraphOutline: Hashable, Sendable {
  /// The stem, a stage or the head.
  public struct Section: Hashable, Sendable {
    /// The section's name: `stem`, `layer1`, … or `head`.
    public let name: String
    /// Its blocks; the stem and the head count as one each.
    public let blocks: [Block]
  }

  /// Blocks in a row that are the same but for their names.
  public struct Block: Hashable, Sendable {
    /// The first one's path, for example `layer1.1`; that of the section in the stem and in the head.
    public let name: String
    /// The first one's nodes.
    public let nodes: Range<Int>
    /// The number of blocks in the row.
    public let count: Int

    /// The nodes of all of them.
    public var allNodes: Range<Int> { nodes.lowerBound..<nodes.lowerBound + nodes.count * count }
  }

  /// The sections in the order in which they run.
  public let sections: [Section]
}

extension Graph {
  /// The network's parts. Blocks that follow each other count as the same when their nodes compute the same from the same
  /// places.
  ///
  /// - Complexity: O(number of nodes).
  public var outline: GraphOutline {
    var sections: [GraphOutline.Section] = []
    var start = 0
    while start < nodes.count {
      let name = sectionName(of: start, isFirst: start == 0)
      let end =
        nodes[start...].indices.first { sectionName(of: $0, isFirst: start == 0) != name } ?? nodes.count
      let isStage = nodes[start].name.hasPrefix("layer")
      let blocks =
        isStage
        ? self.blocks(in: start..<end) : [GraphOutline.Block(name: name, nodes: start..<end, count: 1)]
      sections.append(GraphOutline.Section(name: name, blocks: blocks))
      start = end
    }
    return GraphOutline(sections: sections)
  }

  private func sectionName(of node: Int, isFirst: Bool) -> String {
    let name = nodes[node].name
    return name.hasPrefix("layer") ? String(name.prefix { $0 != "." }) : isFirst ? "stem" : "head"
  }

  private func blocks(in range: Range<Int>) -> [GraphOutline.Block] {
    var blocks: [GraphOutline.Block] = []
    var start = range.lowerBound
    while start < range.upperBound {
      let path = blockPath(of: start)
      let end =
        nodes[start..<range.upperBound].indices.first { blockPath(of: $0) != path } ?? range.upperBound
      if let last = blocks.last, isSame(last.nodes, start..<end) {
        blocks[blocks.count - 1] = GraphOutline.Block(
          name: last.name, nodes: last.nodes, count: last.count + 1)
      } else {
        blocks.append(GraphOutline.Block(name: path, nodes: start..<end, count: 1))
      }
      start = end
    }
    return blocks
  }

  /// The first two words of a node's name.
  private func blockPath(of node: Int) -> String {
    nodes[node].name.split(separator: ".").prefix(2).joined(separator: ".")
  }

  private func isSame(_ a: Range<Int>, _ b: Range<Int>) -> Bool {
    a.count == b.count
      && zip(a, b).allSatisfy { first, second in
        nodes[first].operation == nodes[second].operation
          && nodes[first].inputs.map { $0 - first } == nodes[second].inputs.map { $0 - second }
      }
  }
}
