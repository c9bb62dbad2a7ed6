import ModelDescriptor
import ResNetGraph
import Testing

@Suite struct GraphTests {
  @Test func namesAreThoseOfTorchvision() throws {
    let names = try Graph(.preset(named: "resnet50")).parameters.map(\.name)
    #expect(names.count == 267)
    #expect(names.first == "conv1.weight")
    #expect(names.suffix(2) == ["fc.weight", "fc.bias"])
    for name in ["layer1.0.downsample.0.weight", "layer3.5.bn3.running_var", "layer4.2.conv3.weight"] {
      #expect(names.contains(name))
    }
  }

  @Test func shapesFollowTheStrides() throws {
    let graph = try Graph(.preset(named: "resnet50"))
    let shapes = try graph.shapes()
    #expect(shape(of: "maxpool", in: graph, shapes) == FeatureShape(channels: 64, height: 56, width: 56))
    #expect(shape(of: "layer4.2.add", in: graph, shapes) == FeatureShape(channels: 2048, height: 7, width: 7))
    #expect(shapes.last == FeatureShape(channels: 1000, height: 1, width: 1))
    let odd = try graph.shapes(height: 225, width: 161)
    #expect(shape(of: "layer4.2.add", in: graph, odd) == FeatureShape(channels: 2048, height: 8, width: 6))
  }

  @Test func dilationKeepsTheResolutionAndStartsAtTheSecondBlock() throws {
    var architecture = try Architecture.preset(named: "resnet50")
    for (stage, dilation) in [(2, 2), (3, 4)] {
      architecture.stages[stage].stride = 1
      architecture.stages[stage].dilation = dilation
    }
    let graph = try Graph(architecture)
    #expect(
      shape(of: "layer4.2.add", in: graph, try graph.shapes())
        == FeatureShape(channels: 2048, height: 28, width: 28))
    #expect(
      ["layer3.0.conv2", "layer3.1.conv2", "layer4.0.conv2", "layer4.1.conv2"].map { dilation($0, graph) }
        == [1, 2, 2, 4])
  }

  @Test func aZeroPaddedShortcutHasNoParameters() throws {
    let graph = try Graph(.preset(named: "cifar_resnet20"))
    let shortcut = graph.nodes.first { $0.name == "layer2.0.shortcut" }
    guard case .zeroPadShortcut(let pad)? = shortcut?.operation else {
      Issue.record("no zero-padded shortcut")
      return
    }
    #expect(pad.stride == 2)
    #expect(pad.padding == 8)
    #expect(!graph.parameters.contains { $0.name.contains("downsample") })
  }

  @Test func everyPresetRuns() throws {
    for architecture in Architecture.presets {
      #expect(try Graph(architecture).shapes().last?.channels == architecture.classes)
    }
  }

  @Test func groupsThatDoNotDivideAreAnError() {
    let architecture = Architecture(
      stages: [.init(blocks: 1, width: 3, stride: 1)], block: .basic, shortcut: .zeroPad)
    #expect(throws: DescriptorError(.contradiction, field: "stages[0].width", "")) {
      try Graph(architecture)
    }
  }

  @Test func aNetworkBeyondAnyMachineIsAnError() {
    let architecture = Architecture(
      stages: Array(repeating: .init(blocks: 256, width: 16384, stride: 1), count: 16), block: .basic,
      expansion: 4)
    #expect(throws: DescriptorError(.outOfRange, field: "stages", "")) { try Graph(architecture) }
  }

  @Test func theMultiplyAddsOfTheLargestNetworkAreCounted() throws {
    // 1.9 · 10^9 weights, and images as large as they may be.
    let architecture = Architecture(
      stem: .conv3x3(width: 16384), stages: [.init(blocks: 1, width: 8192, stride: 1)], block: .basic)
    let graph = try Graph(architecture)
    let side = Graph.inputSideLimit.upperBound
    #expect(try graph.multiplyAdds(height: side, width: side) > 1 << 58)
  }

  @Test func anImageOutsideTheLimitsIsAnError() throws {
    let graph = try Graph(.preset(named: "resnet18"))
    for side in [0, -1, 16385, Int.max] {
      #expect(throws: DescriptorError(.outOfRange, field: "input", "")) {
        try graph.shapes(height: side, width: 224)
      }
    }
    #expect(try graph.shapes(height: 1, width: 1).last?.channels == 1000)
  }

  private func shape(of name: String, in graph: Graph, _ shapes: [FeatureShape]) -> FeatureShape? {
    graph.nodes.firstIndex { $0.name == name }.map { shapes[$0] }
  }

  private func dilation(_ name: String, _ graph: Graph) -> Int? {
    guard case .convolution(let convolution)? = graph.nodes.first(where: { $0.name == name })?.operation
    else {
      return nil
    }
    return convolution.dilation
  }
}
