import GraphDrawing
import ModelDescriptor
import ResNetGraph
import Testing

@Suite struct NetworkDrawingTests {
  static let presets = Architecture.presets.compactMap(\.name)

  @Test func theDOTHasEveryNodeAndEveryWay() throws {
    for name in ["resnet18", "seresnet50", "resnetv2_50", "cifar_resnet20", "ecaresnet50d"] {
      let graph = try Graph(.preset(named: name))
      let dot = try NetworkDrawing(graph, table: LayerTable(graph)).dot
      for (index, node) in graph.nodes.enumerated() {
        #expect(dot.contains("      n\(index) [label=\"\(node.name)\\n"), "\(node.name)")
        for input in node.inputs { #expect(dot.contains("  n\(input) -> n\(index);\n")) }
      }
      #expect(dot.count { $0 == "{" } == dot.count { $0 == "}" })
    }
  }

  @Test func theSVGShowsEachKindOfBlockOnce() throws {
    let graph = try Graph(.preset(named: "resnet152"))
    let svg = try NetworkDrawing(graph, table: LayerTable(graph)).svg
    #expect(svg.contains(">layer3.1 – layer3.35</text>"))
    #expect(svg.contains(">35 ×</text>"))
    #expect(svg.contains(">36 blocks</text>"))
    #expect(
      svg.contains("<title>resnet152: 60.19 M parameters, 11.51 G multiply-adds, input 3×224×224</title>"))
    #expect(svg.contains("<title>layer2.0.conv2: convolution 3×3, stride 2, 128×28×28, 147.46 K parameters"))
    // Eight kinds of blocks: one or two in each of four stages. Each says once that its end adds.
    #expect(svg.matches(of: #/>add<\/text>/#).count == 8)
    #expect(svg.matches(of: #/class="way/#).count < 120)
    #expect(svg.matches(of: #/multiply-adds( each)?<\/text>/#).count == 8)
  }

  /// Everything that is drawn lies within the image, boxes do not cover each other, and nothing is drawn to nowhere.
  @Test(arguments: presets) func boxesKeepApart(_ name: String) throws {
    let graph = try Graph(.preset(named: name))
    let svg = try NetworkDrawing(graph, table: LayerTable(graph)).svg
    let size = try #require(svg.firstMatch(of: #/viewBox="0 0 ([\d.]+) ([\d.]+)"/#))
    let (width, height) = (try #require(Double(size.1)), try #require(Double(size.2)))
    let boxes = svg.matches(
      of: #/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" rx="4" class="node/#
    ).map { match in [match.1, match.2, match.3, match.4].compactMap { Double($0) } }
    #expect(boxes.count >= graph.outline.sections.flatMap(\.blocks).reduce(0) { $0 + $1.nodes.count })
    for (index, box) in boxes.enumerated() {
      #expect(box[0] >= 0 && box[0] + box[2] <= width && box[1] >= 0 && box[1] + box[3] <= height)
      for other in boxes[..<index] {
        let apart =
          box[0] + box[2] <= other[0] || other[0] + other[2] <= box[0] || box[1] + box[3] <= other[1]
          || other[1] + other[3] <= box[1]
        #expect(apart, "\(name): \(box) and \(other)")
      }
    }
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  @Test func aNameStaysText() throws {
    var architecture = try Architecture.preset(named: "resnet18")
    architecture.name = "a\"b<c>&\\d e"
    let graph = try Graph(architecture)
    let drawing = try NetworkDrawing(graph, table: LayerTable(graph))
    #expect(drawing.dot.contains("label=\"a\\\"b<c>&\\\\d e: 11.69 M"))
    #expect(drawing.svg.contains("<title>a&quot;b&lt;c&gt;&amp;\\d e: 11.69 M"))
  }

  @Test func anOutlineCoversEveryNodeOnce() throws {
    for name in Self.presets {
      let graph = try Graph(.preset(named: name))
      let covered = graph.outline.sections.flatMap(\.blocks).flatMap { Array($0.allNodes) }
      #expect(covered == Array(graph.nodes.indices), "\(name)")
      let stages = graph.outline.sections.dropFirst().dropLast()
      #expect(
        stages.map { $0.blocks.reduce(0) { $0 + $1.count } } == graph.architecture.stages.map(\.blocks),
        "\(name)")
    }
  }
}
