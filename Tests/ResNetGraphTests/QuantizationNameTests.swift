import ModelDescriptor
import ResNetGraph
import Testing

/// The names of a quantization are those of the network's nodes.
@Suite struct QuantizationNameTests {
  private static let map = Quantization.Map(scale: 0.5, zeroPoint: 3)

  private func net(maps: [String], layers: [String]) -> Architecture {
    Architecture(
      stem: .conv3x3(width: 4), stages: [.init(blocks: 1, width: 4, stride: 1)], block: .basic, classes: 3,
      quantization: Quantization(
        maps: Dictionary(uniqueKeysWithValues: maps.map { ($0, Self.map) }), layers: layers))
  }

  private func field(_ net: Architecture) -> String? {
    do throws(DescriptorError) {
      _ = try Graph(net)
      return nil
    } catch {
      return error.field
    }
  }

  @Test func `layers that read maps are layers of integers`() throws {
    let net = net(
      maps: ["input", "relu", "layer1.0.relu1", "avgpool"], layers: ["conv1", "layer1.0.conv1", "fc"])
    let graph = try Graph(net)
    #expect(graph.architecture == net)
    let names = graph.layersOfWeights.map { graph.nodes[$0].name }
    #expect(names == ["conv1", "layer1.0.conv1", "layer1.0.conv2", "fc"])
  }

  @Test func `what is no node or no such layer is refused by its name`() {
    #expect(field(net(maps: ["input", "fc"], layers: ["conv1"])) == "quantization.maps.fc")
    #expect(field(net(maps: ["input", "layer1"], layers: ["conv1"])) == "quantization.maps.layer1")
    #expect(field(net(maps: ["input"], layers: ["conv1.weight"])) == "quantization.layers[0]")
    #expect(field(net(maps: ["input", "conv1"], layers: ["conv1", "bn1"])) == "quantization.layers[1]")
    #expect(field(net(maps: ["relu"], layers: ["conv1"])) == "quantization.layers[0]")
    #expect(field(net(maps: ["input"], layers: ["conv1", "conv1"])) == "quantization.layers[1]")
    #expect(
      field(net(maps: ["input", "avgpool"], layers: ["fc", "conv1"])) == "quantization.layers[1]")
    var standardised = net(maps: ["input"], layers: ["conv1"])
    standardised.weightStandardization = 1e-5
    #expect(field(standardised) == "quantization.layers[0]")
    standardised.quantization = Quantization(maps: ["avgpool": Self.map], layers: ["fc"])
    #expect(field(standardised) == nil)
  }

  @Test func `every node of a network has a name of its own`() throws {
    for architecture in Architecture.presets {
      let names = try Graph(architecture).nodes.map(\.name)
      #expect(Set(names).count == names.count, "\(architecture.name ?? "")")
    }
  }
}
