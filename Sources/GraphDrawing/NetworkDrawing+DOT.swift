import ResNetGraph

extension NetworkDrawing {
  /// The whole network in the language of Graphviz: one box for each node, frames around blocks and stages.
  ///
  /// - Complexity: O(number of nodes).
  public var dot: String {
    var text = """
      digraph network {
        label=\(Self.quoted(title));
        labelloc=t;
        fontname="sans-serif";
        node [shape=box, style="filled,rounded", fontname="sans-serif", fontsize=10, height=0.3];
        edge [arrowsize=0.6];

      """
    for section in outline.sections {
      text += "  subgraph \(Self.quoted("cluster " + section.name)) {\n"
      text += "    label=\(Self.quoted(section.name)); color=\"#9aa2ad\";\n"
      for block in section.blocks {
        let isFramed = block.name != section.name
        for copy in 0..<block.count {
          let nodes = block.nodes.count * copy
          let range = block.nodes.lowerBound + nodes..<block.nodes.upperBound + nodes
          if isFramed {
            let path = graph.path(ofBlockAt: range.lowerBound)
            text += "    subgraph \(Self.quoted("cluster " + path)) {\n"
            text += "      label=\(Self.quoted(path)); color=\"#c9ced6\";\n"
          }
          for index in range { text += dotNode(index) }
          if isFramed { text += "    }\n" }
        }
      }
      text += "  }\n"
    }
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { text += "  n\(input) -> n\(index);\n" }
    }
    return text + "}\n"
  }

  private func dotNode(_ index: Int) -> String {
    let layer = table.layers[index]
    let lines = [layer.node.name, layer.node.operation.summary, layer.shape.description]
    let style = layer.node.operation.definition.family
    return "      n\(index) [label=\(Self.quoted(lines.joined(separator: "\n"))), "
      + "fillcolor=\"\(style.fill)\", tooltip=\(Self.quoted(tip(index)))];\n"
  }

  /// A string of the language, in which every character of a name stays text.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": quoted += "\\n"
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.properties.generalCategory == .control: quoted += "\u{FFFD}"
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
