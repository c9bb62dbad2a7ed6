import ModelDescriptor
public import ResNetGraph

/// Images of a network: every node with its work, and the ways between them.
public struct NetworkDrawing: Sendable {
  let graph: Graph
  let table: LayerTable
  let outline: GraphOutline

  /// - Parameter table: of this graph.
  public init(_ graph: Graph, table: LayerTable) {
    precondition(table.layers.count == graph.nodes.count, "a table of another network")
    self.graph = graph
    self.table = table
    outline = graph.outline
  }

  /// The network's name and its cost.
  var title: String {
    "\(graph.architecture.name ?? "custom architecture"): \(table.parameters.rounded) parameters, "
      + "\(table.multiplyAdds.rounded) multiply-adds, input \(table.layers[0].shape)"
  }

  /// The description of one node that a reader sees when pointing at it.
  func tip(_ index: Int) -> String {
    let layer = table.layers[index]
    var text = "\(layer.node.name): \(layer.node.operation.summary), \(layer.shape)"
    if layer.parameters > 0 { text += ", \(layer.parameters.rounded) parameters" }
    if layer.multiplyAdds > 0 { text += ", \(layer.multiplyAdds.rounded) multiply-adds" }
    return text
  }
}

extension Int {
  /// Three or four digits and a letter for thousands, millions or billions.
  var rounded: String {
    for (limit, letter) in [(1_000_000_000, " G"), (1_000_000, " M"), (10_000, " K")] where self >= limit {
      let unit = Swift.min(limit, letter == " K" ? 1000 : limit)
      let hundredths = (self / (unit / 100) + (self % (unit / 100) >= unit / 200 ? 1 : 0))
      let fraction = hundredths % 100
      return "\(hundredths / 100)." + (fraction < 10 ? "0" : "") + "\(fraction)" + letter
    }
    return "\(self)"
  }
}
