import ResNetGraph

/// Places a network's nodes from top to bottom: nodes that run one after the other in one column, shortcuts in a second
/// one beside it, and arcs for ways that pass nodes by.
struct LayoutBuilder {
  private let graph: Graph
  private let outline: GraphOutline
  private var layout = Layout()
  private var y: Double
  /// The box of each drawn node.
  private var boxOfNode: [Int: Layout.Box] = [:]
  /// The last node of the main column.
  private var previous: Layout.Box?

  /// - Parameter top: the height at which the drawing begins.
  init(_ graph: Graph, outline: GraphOutline, top: Double) {
    self.graph = graph
    self.outline = outline
    y = top
  }

  mutating func build() -> Layout {
    for section in outline.sections {
      let top = y
      let isStage = section.blocks.contains { $0.name != section.name }
      y += isStage ? 10 : 16
      for block in section.blocks {
        if isStage {
          placeFramed(block)
        } else {
          place(block.nodes, entry: begin(block.nodes))
        }
        y += 14
      }
      layout.panels.append(Layout.Panel(section: section, top: top, bottom: y))
      y += 18
    }
    layout.height = y
    return layout
  }

  private mutating func placeFramed(_ block: GraphOutline.Block) {
    let top = y
    y += 27
    place(block.nodes, entry: begin(block.nodes))
    y += 10
    layout.frames.append(Layout.Frame(block: block, top: top, bottom: y))
  }

  /// Draws the way to the point at which the ways into a block part, if they do.
  private mutating func begin(_ nodes: Range<Int>) -> Double? {
    let ways = nodes.reduce(0) { $0 + graph.nodes[$1].inputs.count { $0 < nodes.lowerBound } }
    guard ways > 1, let previous else { return nil }
    connect(from: previous.bottom, to: y, hasHead: false)
    layout.partings.append(y)
    return y
  }

  /// - Parameter entry: the height at which the ways from the node before the first one part, if they do.
  private mutating func place(_ nodes: Range<Int>, entry: Double?) {
    var isFirst = true
    var side: [Int] = []
    for index in nodes {
      if graph.isBesideMainPath(index) {
        side.append(index)
        continue
      }
      if !side.isEmpty {
        placeSide(side, first: nodes.lowerBound, entry: entry)
        side = []
      }
      let style = graph.nodes[index].operation.definition.family
      let isGlued = !isFirst && style.isThin && graph.nodes[index].inputs.contains { previous?.node == $0 }
      if !isFirst { y += isGlued ? 3 : 15 } else if entry != nil { y += 15 }
      let box = Layout.Box(
        node: index, x: Layout.mainColumn, y: y, width: Layout.mainWidth, height: style.isThin ? 16 : 23)
      if isFirst {
        let start = entry ?? previous?.bottom
        if let start { connect(from: start, to: box.y, hasHead: true) }
      }
      for input in graph.nodes[index].inputs {
        draw(from: input, to: box, first: nodes.lowerBound, entry: entry, isFirst: isFirst)
      }
      put(box)
      previous = box
      y = box.bottom
      isFirst = false
    }
  }

  /// Places a shortcut's nodes beside the main column, in the middle of the room that they have.
  private mutating func placeSide(_ nodes: [Int], first: Int, entry: Double?) {
    guard let input = nodes.first.flatMap({ graph.nodes[$0].inputs.first }) else { return }
    let source = input < first ? nil : boxOfNode[input]
    let start = source?.middle ?? entry ?? y
    let heights = nodes.map { graph.nodes[$0].operation.definition.family.isThin ? 16.0 : 23 }
    let extent = heights.reduce(0, +) + 3 * Double(nodes.count - 1)
    var top = max(start + 22, (start + y - extent) / 2)
    let begin = source?.right ?? Layout.mainColumn
    layout.ways.append(
      Layout.Way(
        path: "M\(begin.place) \(start.place)H\((Layout.sideColumn - 8).place)q8 0 8 8V\(top.place)",
        hasHead: true))
    for (index, height) in zip(nodes, heights) {
      let box = Layout.Box(
        node: index, x: Layout.sideColumn, y: top, width: Layout.sideWidth, height: height)
      if index != nodes.first {
        layout.ways.append(
          Layout.Way(
            path: "M\(box.x.place) \((top - 3).place)V\(top.place)", hasHead: false))
      }
      put(box)
      top = box.bottom + 3
    }
    y = max(y, top)
  }

  private mutating func put(_ box: Layout.Box) {
    layout.boxes.append(box)
    boxOfNode[box.node] = box
  }

  /// A way down the main column.
  private mutating func connect(from start: Double, to end: Double, hasHead: Bool) {
    layout.ways.append(
      Layout.Way(
        path: "M\(Layout.mainColumn.place) \(start.place)V\(end.place)", hasHead: hasHead && end - start >= 8)
    )
  }

  /// The way from an input to a node of the main column.
  private mutating func draw(
    from input: Int, to box: Layout.Box, first: Int, entry: Double?, isFirst: Bool
  ) {
    if input < first {
      // The first node's way is drawn already.
      if !isFirst, let entry {
        arc(from: (Layout.mainColumn, entry), to: box, lane: Layout.lanes.right)
      }
      return
    }
    guard let source = boxOfNode[input] else { return }
    if source.x > Layout.mainColumn {
      layout.ways.append(
        Layout.Way(
          path:
            "M\(source.x.place) \(source.bottom.place)V\((box.middle - 8).place)q0 8 -8 8H\(box.right.place)",
          hasHead: true))
    } else if previous?.node == input {
      connect(from: source.bottom, to: box.y, hasHead: true)
    } else {
      let goesRight = graph.nodes[box.node].operation.joinsBranches
      let start = goesRight ? source.right : source.left
      arc(
        from: (start, source.middle), to: box, lane: goesRight ? Layout.lanes.right : Layout.lanes.left)
    }
  }

  /// A way around the nodes between, along a lane.
  private mutating func arc(from start: (x: Double, y: Double), to box: Layout.Box, lane: Double) {
    let isRight = lane > box.x
    let turn = isRight ? -8.0 : 8
    layout.ways.append(
      Layout.Way(
        path:
          "M\(start.x.place) \(start.y.place)H\((lane + turn).place)q\((-turn).place) 0 \((-turn).place) 8"
          + "V\((box.middle - 8).place)q0 8 \(turn.place) 8H\((isRight ? box.right : box.left).place)",
        hasHead: true))
  }
}

extension Graph {
  /// True if a node is part of a shortcut.
  fileprivate func isBesideMainPath(_ index: Int) -> Bool {
    nodes[index].name.split(separator: ".").contains { $0 == "downsample" || $0 == "shortcut" }
  }

  /// The block's path of one of its nodes.
  func path(ofBlockAt index: Int) -> String {
    nodes[index].name.split(separator: ".").prefix(2).joined(separator: ".")
  }
}

extension Operation {
  /// True if it brings two branches of the network together.
  fileprivate var joinsBranches: Bool {
    switch self {
    case .add, .mean, .concatenate: true
    default: false
    }
  }
}
