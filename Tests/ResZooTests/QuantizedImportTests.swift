import Foundation
import ResZoo
import TestSupport
import Testing

/// Quantized networks of other programs, tiny ones that tools/fixtures/make_quantized_fixtures.py made: they stay quantized, with their own scales.
@Suite struct QuantizedImportTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "Fixtures/quantized")

  struct Answer: Decodable {
    var logits: [Float]
    /// The distance of neighbouring logits, as the source rounds them.
    var step: Float
    /// The integer that stands for 0 there.
    var zero: Float
  }

  /// The sources' own answers by the names of their files.
  static let answers: [String: Answer] = {
    let data = try? Data(contentsOf: folder.appending(path: "answers.json"))
    return data.flatMap { try? JSONDecoder().decode([String: Answer].self, from: $0) } ?? [:]
  }()

  private static func path(_ name: String) -> String { folder.appending(path: name).path }

  /// The image that the other program saw.
  private static func image(_ name: String) -> Tensor {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in (name.split(separator: ".").first ?? "").utf8 {
      seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3
    }
    var noise = Noise(seed)
    return Tensor(shape: [1, 3, 32, 32], floats: noise.floats(3 * 32 * 32).map { $0 * 2 })
  }

  @Test func `all fixtures are there`() { #expect(Self.answers.count == 12) }

  /// Programs with other orders of operations may round a value next to the middle of two integers to either, and none of these networks has one
  /// that decides more; the source rounds its logits, and the network here does not.
  @Test(arguments: answers.keys.sorted())
  func `logits are the source's up to the rounding of its last layer`(name: String) throws {
    let source = try WeightImport(Self.path(name))
    let report = try source.report()
    let model = report.model
    let quantization = try #require(model.quantization)
    let own = model.graph.nodes.filter {
      $0.name == "fc" || $0.name.hasSuffix("conv1") || $0.name.contains(".conv")
    }
    #expect(own.allSatisfy { quantization.layers.contains($0.name) })
    let logits = try InferenceSession(plan: try InferencePlan(model, height: 32, width: 32, exact: true))
      .logits(
        for: Self.image(name))
    let answer = try #require(Self.answers[name])
    let largest = answer.logits.map(\.magnitude).max() ?? 0
    #expect(logits.shape.dimensions == [1, answer.logits.count])
    for (index, number) in answer.logits.enumerated() {
      // Rounding keeps them within 256 values, too.
      let own = min(max(logits.floats[index], -answer.zero * answer.step), (255 - answer.zero) * answer.step)
      let difference = (own - number).magnitude
      #expect(
        difference <= answer.step / 2 + 1e-5 * largest,
        "logit \(index) by \(difference), a step is \(answer.step)")
    }
    if name.hasSuffix(".onnx") {
      let proof = try #require(try source.proof(of: model))
      #expect(proof.largestDifference < 2e-5)
      #expect(try #require(proof.roundedDifference) <= proof.roundingEffect, "\(proof)")
    }
    let fidelity = try source.compare { names in
      Dictionary(
        uniqueKeysWithValues: names.compactMap { name in model.tensors.stored(name).map { (name, $0) } })
    }
    #expect(fidelity.isFaithful && fidelity.tensorCount == model.graph.parameters.count, "\(fidelity)")
  }

  @Test(arguments: answers.keys.sorted())
  func `real numbers are taken when they are asked for`(name: String) throws {
    let source = try WeightImport(Self.path(name), options: ImportOptions(dequantize: true))
    let model = try source.report().model
    let kept = try WeightImport(Self.path(name)).report().model
    #expect(model.quantization == nil)
    for parameter in model.graph.parameters {
      #expect(
        Array(copying: model.parameter(parameter.name).bytes)
          == Array(copying: kept.parameter(parameter.name).bytes))
    }
    if name.hasSuffix(".onnx") {
      #expect(try #require(try source.proof(of: model)).largestDifference < 2e-5)
    }
  }

  @Test(arguments: answers.keys.sorted())
  func `what leaves as an ONNX file again comes back with the same bits`(name: String) throws {
    let model = try WeightImport(Self.path(name)).report().model
    let folder = TemporaryFolder()
    try model.exportONNX(to: folder.file("again.onnx"))
    let copy = try WeightImport(folder.file("again.onnx")).report().model
    #expect(copy.quantization == model.quantization)
    for parameter in model.graph.parameters {
      let own = try #require(model.tensors.stored(parameter.name))
      let stored = try #require(copy.tensors.stored(parameter.name))
      #expect(Array(copying: stored.bytes) == Array(copying: own.bytes))
    }
  }

  @Test func `torchvision's names become maps`() throws {
    let model = try WeightImport(Self.path("torchvision_bottleneck.pth")).report().model
    let quantization = try #require(model.quantization)
    #expect(quantization.layers.count == 1 + 4 * 4 + 1)
    let names = [
      "input", "relu", "maxpool", "layer1.0.relu1", "layer1.0.relu2", "layer1.0.bn3", "layer1.0.downsample.1",
      "layer1.0.relu",
    ]
    for name in names + ["avgpool"] { #expect(quantization.maps[name] != nil, "\(name)") }
    #expect(quantization.maps["relu"] == quantization.maps["maxpool"])
    #expect(quantization.maps["layer4.0.relu"] == quantization.maps["avgpool"])
    #expect(model.graph.architecture.groups == 2)
  }

  // MARK: State dicts

  private func importing(state name: String, dequantize: Bool = false) throws -> Model {
    try WeightImport(Self.path("states/\(name).pth"), options: ImportOptions(dequantize: dequantize)).report()
      .model
  }

  @Test func `a state dict of one block is a network`() throws {
    let model = try importing(state: "sound")
    #expect(model.quantization?.layers == ["conv1", "layer1.0.conv1", "layer1.0.conv2", "fc"])
    #expect(model.quantization?.maps["layer1.0.bn2"] == .init(scale: 0.05, zeroPoint: 64))
    #expect((0..<4).map { model.parameter("layer1.0.bn1.bias").floats[$0] } == [0, 0.125, 0.25, 0.375])
    #expect(try importing(state: "sound", dequantize: true).quantization == nil)
  }

  @Test(arguments: [
    ("missing_scale", "there is no 'layer1.0.conv1.scale'"),
    ("missing_sum", "there is no 'layer1.0.add_relu.zero_point'"),
    ("zero_scale", "'conv1.scale' is 0.0; it must be from"),
    ("nan_scale", "'layer1.0.add_relu.scale' is nan; it must be from"),
    ("huge_scale", "'quant.scale' is 1e+35; it must be from"),
    ("two_scales", "'quant.scale' has the extents [2]"),
    ("zero_point_256", "'conv1.zero_point' is 256"), ("zero_point_negative", "'conv1.zero_point' is -1"),
    ("unsigned_weights", "integers of −128 to 127"), ("wide_weights", "'conv1.weight'"),
    ("shifted_weights", "has the zero point -50"),
    ("other_axis", "has scales along axis 1"), ("weight_scale_nan", "has the scale nan"),
    ("weight_scale_negative", "has the scale -0.1"),
    ("real_layer", "'layer1.0.conv2.weight' is not quantised"),
    ("other_activation", "'relu.scale' belongs to a module that they do not have"),
    ("two_sums", "'layer1.0.add_relu.scale' belongs to a module that they do not have"),
    ("other_layer", "'neck' is no layer of a ResNet"), ("other_bias", "'conv1.bias' has the extents [3]"),
  ])
  func `a state dict with a fault is refused with its place`(name: String, words: String) throws {
    let error = #expect(throws: ImportError.self) { try importing(state: name) }
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }
}
