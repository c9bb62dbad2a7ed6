import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import ResZoo

/// Quantized networks without some of their blocks: what is left still computes with integers.
@Suite struct QuantizedLesionTests {
  /// A network of pre-activated blocks, whose branches end in weights of integers.
  private func model(shortcut: Architecture.Shortcut) throws -> Model {
    let net = Architecture(
      input: .init(height: 8, width: 8), stem: .conv3x3(width: 4),
      stages: [.init(blocks: 3, width: 4, stride: 1)], block: .preactivationBasic, shortcut: shortcut,
      classes: 3)
    let plain = try Model(untrained: net, seed: 1).stored(as: .int8)
    var descriptor = plain.descriptor
    let blocks = (0..<3).map { "layer1.\($0)" }
    let maps = blocks.flatMap { [$0 + ".relu1", $0 + ".relu2"] }
    let map = Quantization.Map(scale: 0.1, zeroPoint: 0)
    descriptor.architecture.quantization = Quantization(
      maps: Dictionary(uniqueKeysWithValues: maps.map { ($0, map) }),
      layers: blocks.flatMap { [$0 + ".conv1", $0 + ".conv2"] })
    descriptor.architecture.quantization?.maps["layer1.2.relu1"]?.zeroPoint = 9
    return try Model(descriptor: descriptor, tensors: plain.tensors)
  }

  @Test func `a silenced branch has weights of integers that are 0`() throws {
    let model = try model(shortcut: .projection)
    let less = try #require(try RemovableBlocks(model).model(without: ["layer1.1"]))
    #expect(less.quantization == model.quantization)
    let weights = try #require(less.integerWeights(ofLayer: "layer1.1.conv2"))
    let integers = weights.integers
    let isZero = (0..<integers.count).allSatisfy { integers[$0] == 0 }
    #expect(isZero && weights.scales.allSatisfy { $0 == 0 })
  }

  @Test func `a plain network keeps the maps of the blocks that are left under their new names`() throws {
    let model = try model(shortcut: .none)
    let less = try #require(try RemovableBlocks(model).model(without: ["layer1.1"]))
    let quantization = try #require(less.quantization)
    #expect(quantization.layers == ["layer1.0.conv1", "layer1.0.conv2", "layer1.1.conv1", "layer1.1.conv2"])
    #expect(quantization.maps.count == 4 && quantization.maps["layer1.1.relu1"]?.zeroPoint == 9)
    #expect(
      less.integerWeights(ofLayer: "layer1.1.conv1")?.scales
        == model.integerWeights(ofLayer: "layer1.2.conv1")?.scales)
  }
}
