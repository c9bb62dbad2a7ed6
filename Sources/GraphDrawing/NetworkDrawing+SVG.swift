import ResNetGraph

extension NetworkDrawing {
  /// A drawing from top to bottom: a panel for each stage, a frame for each block, shortcuts beside the blocks. Blocks in a
  /// row that are the same are drawn once.
  ///
  /// - Complexity: O(number of nodes).
  public var svg: String {
    var builder = LayoutBuilder(graph, outline: outline, top: 52)
    let layout = builder.build()
    var canvas = SVGCanvas()
    canvas.text(title, x: 16, y: 30, style: "title")
    for panel in layout.panels { draw(panel, on: &canvas) }
    for frame in layout.frames { draw(frame, on: &canvas) }
    for way in layout.ways { canvas.path(way.path, style: way.hasHead ? "way head" : "way") }
    for parting in layout.partings { canvas.dot(x: Layout.mainColumn, y: parting) }
    var shape: FeatureShape?
    for box in layout.boxes {
      draw(box, on: &canvas)
      guard box.x == Layout.mainColumn, table.layers[box.node].shape != shape else { continue }
      shape = table.layers[box.node].shape
      canvas.text(
        shape?.description ?? "", x: Layout.shapeEdge, y: box.middle + 3.5, style: "soft", anchor: "end")
    }
    drawLegend(at: layout.height + 2, on: &canvas)
    return canvas.document(
      width: Layout.width, height: layout.height + 30, title: title, styleSheet: Self.styleSheet)
  }

  private func draw(_ panel: Layout.Panel, on canvas: inout SVGCanvas) {
    let edges = Layout.panelEdges
    canvas.rectangle(
      x: edges.left, y: panel.top, width: edges.right - edges.left, height: panel.bottom - panel.top,
      style: "panel", radius: 8)
    canvas.text(panel.section.name, x: edges.left + 12, y: panel.top + 22, style: "name")
    let blocks = panel.section.blocks.reduce(0) { $0 + $1.count }
    guard panel.section.blocks.contains(where: { $0.name != panel.section.name }) else { return }
    canvas.text(
      blocks == 1 ? "1 block" : "\(blocks) blocks", x: edges.left + 12, y: panel.top + 38, style: "soft")
  }

  private func draw(_ frame: Layout.Frame, on canvas: inout SVGCanvas) {
    let edges = Layout.frameEdges
    let block = frame.block
    // The rims of those behind.
    for depth in (0..<min(3, block.count)).reversed() {
      let offset = 3 * Double(depth)
      canvas.rectangle(
        x: edges.left + offset, y: frame.top + offset, width: edges.right - edges.left,
        height: frame.bottom - frame.top, style: "frame", radius: 6)
    }
    var name = block.name
    if block.count > 1 {
      name += " – " + graph.path(ofBlockAt: block.allNodes.upperBound - 1)
      canvas.text("\(block.count) ×", x: edges.left + 10, y: frame.top + 36, style: "times")
    }
    canvas.text(name, x: edges.left + 10, y: frame.top + 17, style: "name")
    let layers = table.layers[block.nodes]
    let parameters = layers.reduce(0) { $0 + $1.parameters }
    let multiplyAdds = layers.reduce(0) { $0 + $1.multiplyAdds }
    canvas.text(
      "\(parameters.rounded) parameters, \(multiplyAdds.rounded) multiply-adds"
        + (block.count > 1 ? " each" : ""),
      x: edges.right - 10, y: frame.top + 16, style: "soft", anchor: "end")
  }

  private func draw(_ box: Layout.Box, on canvas: inout SVGCanvas) {
    let node = graph.nodes[box.node]
    let style = node.operation.definition.family
    canvas.rectangle(
      x: box.left, y: box.y, width: box.width, height: box.height, style: "node \(style.rawValue)",
      tip: tip(box.node))
    let own =
      node.name.hasPrefix("layer")
      ? node.name.dropFirst(graph.path(ofBlockAt: box.node).count + 1) : node.name[...]
    // The kind's name may say the layer's, and more.
    let name = node.operation.name.hasSuffix(" " + own) ? node.operation.name[...] : own
    canvas.text(String(name), x: box.left + 7, y: box.middle + 3.5, style: "label")
    // Colour or name say the kind already.
    let isSaid = style == .convolution || style == .linear || node.operation.name == name
    let work = isSaid ? node.operation.detail : node.operation.summary
    guard !work.isEmpty else { return }
    let room = Int((box.width - 22 - 6.2 * Double(name.count)) / 5.1)
    // Where there is no room for all, the first parts; the tip has the others.
    var parts = work.split(separator: ", ")
    while parts.count > 1, parts.joined(separator: ", ").count > room { parts.removeLast() }
    let shown = parts.joined(separator: ", ")
    canvas.text(
      shown.count <= room ? shown : String(shown.prefix(max(0, room - 1))) + "…", x: box.right - 7,
      y: box.middle + 3.5, style: "detail", anchor: "end")
  }

  private func drawLegend(at y: Double, on canvas: inout SVGCanvas) {
    let used = Set(graph.nodes.map { $0.operation.definition.family })
    var x = Layout.panelEdges.left
    for style in OperationFamily.allCases where used.contains(style) && style != .input {
      canvas.rectangle(x: x, y: y, width: 14, height: 14, style: "node \(style.rawValue)", radius: 3)
      canvas.text(style.label, x: x + 20, y: y + 11, style: "soft")
      x += 34 + 5.6 * Double(style.label.count)
    }
  }

  private static let styleSheet = """
    text{font-family:system-ui,"DejaVu Sans",sans-serif;fill:#1d2430}
    .title{font-size:14px;font-weight:bold}.name{font-size:12px;font-weight:bold}
    .times{font-size:13px;font-weight:bold;fill:#b3471d}
    .label{font-size:11px}.detail,.soft{font-size:10px;fill:#4a5361}
    .panel{fill:#f4f6f9;stroke:#c3cad4}.frame{fill:#fff;stroke:#9aa2ad}
    .node{stroke:#5b6470;stroke-width:.8}.way{fill:none;stroke:#5b6470;stroke-width:1.2}
    .head{marker-end:url(#head)}.dot{fill:#5b6470}
    """
    + OperationFamily.allCases.map { ".\($0.rawValue){fill:\($0.fill)}" }.joined()
}
