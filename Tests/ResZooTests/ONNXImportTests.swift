import Foundation
import ResZoo
import TestSupport
import Testing

/// Networks as other programs write them to ONNX files, tiny ones that tools/fixtures/make_onnx_fixtures.py made.
@Suite struct ONNXImportTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures/onnx")

  static func path(_ name: String) -> String { folder.appending(path: name + ".onnx").path }

  /// ONNX Runtime's logits by the names of the networks.
  static let answers: [String: [Float]] = {
    let data = try? Data(contentsOf: folder.appending(path: "answers.json"))
    return data.flatMap { try? JSONDecoder().decode([String: [Float]].self, from: $0) } ?? [:]
  }()

  /// The image that ONNX Runtime saw, as the network reads it.
  private static func image(_ name: String, _ record: Preprocessing) -> Tensor {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in "image".utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var noise = Noise(seed)
    var floats = noise.floats(3 * 16 * 16)
    if name == "normalized" || name == "caffe" {
      // Bytes, which the imported network gets as the record prepares them.
      let bytes = floats.map { (($0 + 1) * 127.5).rounded(.toNearestOrEven) }
      for index in floats.indices {
        let channel = index / 256
        let source = record.channelOrder == .bgr ? (2 - channel) * 256 + index % 256 : index
        floats[index] = Float((Double(bytes[source]) / 255 - record.mean[channel]) / record.std[channel])
      }
    } else if name == "gluon2" {
      // Its graph normalises what it reads; the record joins that with what is usual before it.
      let usual = Preprocessing.cifar10
      for index in floats.indices {
        let channel = index / 256
        let pixel = Double(floats[index]) * usual.std[channel] + usual.mean[channel]
        floats[index] = Float((pixel - record.mean[channel]) / record.std[channel])
      }
    }
    return Tensor(shape: [1, 3, 16, 16], floats: floats)
  }

  @Test(arguments: answers.keys.sorted())
  func `an imported network gives the logits of ONNX Runtime, and proves it`(name: String) throws {
    let source = try WeightImport(Self.path(name))
    let model = try source.report().model
    let proof = try #require(try source.proof(of: model))
    // Single precision in another order of sums.
    #expect(proof.inputs == 2 && proof.largestDifference < 5e-6)
    let plan = try InferencePlan(model, exact: true)
    let logits = try InferenceSession(plan: plan).logits(
      for: Self.image(name, model.descriptor.preprocessing))
    let expected = try #require(Self.answers[name])
    let largest = expected.map(\.magnitude).max() ?? 0
    // Half precision rounds between the layers in ONNX Runtime, and not here.
    let tolerance: Float = name == "half" ? 1e-2 : 1e-5
    #expect(logits.shape.dimensions == [1, expected.count])
    for (index, number) in expected.enumerated() {
      #expect((logits.floats[index] - number).magnitude <= tolerance * largest, "logit \(index)")
    }
  }

  @Test func `all fixtures are there`() {
    #expect(Self.answers.count == 16)
  }

  @Test func `a network that answers no numbers is not proved`() throws {
    let source = try WeightImport(Self.path("folded"))
    let model = try source.report().model
    let last = model.graph.parameters.last { $0.name.hasPrefix("layer") && $0.name.hasSuffix(".bias") }
    var parameters = model.parameters
    // The sum of as many infinities of both signs is no number.
    let numbers: [(String, (Int) -> Float)] = [
      (try #require(last).name, { _ in 3e38 }), ("fc.weight", { $0 % 2 == 0 ? 10 : -10 }),
    ]
    for (name, number) in numbers {
      let shape = try #require(parameters[name]).shape
      parameters[name] = Tensor(shape: shape, floats: (0..<shape.elementCount).map(number))
    }
    let strange = try Model(descriptor: model.descriptor, parameters: parameters)
    let error = #expect(throws: ImportError.self) { try source.proof(of: strange) }
    #expect(error?.code == .graph && error?.message.contains("are NaN or infinite") == true)
  }

  @Test func `strides are where the nodes have them`() throws {
    #expect(try architecture("folded").bottleneckStride == .conv2)
    #expect(try architecture("tensorflow").bottleneckStride == .conv1)
    #expect(try architecture("folded").stages.map(\.stride) == [1, 2])
  }

  @Test func `groups, attention, norms and shortcuts are read off`() throws {
    #expect(try architecture("kept").groups == 2)
    #expect(try architecture("kept").normalization.epsilon == 1e-5)
    #expect(
      try architecture("squeeze").attention
        == .squeezeExcitation(innerChannels: [2, 2], bias: true, layers: .convolution))
    #expect(try architecture("efficient").attention == .efficient(kernels: [3, 3]))
    #expect(try architecture("preactivated").block == .preactivationBasic)
    #expect(try architecture("preactivated").shortcutInput == .activated)
    #expect(try architecture("raw").shortcutInput == .raw)
    #expect(try architecture("gluon2").stem.isNormalized)
    #expect(try architecture("caffe").stem.poolKind == .maxPartial)
    #expect(try architecture("features").head == .none)
    #expect(try architecture("zero_padded").shortcut == .zeroPad)
    #expect(try architecture("zero_padded").stem.pool == false)
  }

  @Test func `of two classifiers on the same features none is taken`() throws {
    let error = #expect(throws: ImportError.self) { try WeightImport(Self.path("two_heads")).report() }
    #expect(error?.code == .graph)
    #expect(error?.message.contains("could all be the answer") == true, "\(error?.message ?? "")")
  }

  @Test func `folded norms add the bias and change nothing else, bit for bit`() throws {
    let model = try WeightImport(Self.path("folded")).report().model
    let (scale, shift) = try #require(normNumbers(model, "layer1.0.bn1"))
    #expect(scale == [1, 1])
    #expect(shift.contains { $0 != 0 })
  }

  /// A batch norm's factor and shift as single-precision arithmetic applies them to weights near 1.
  private func normNumbers(_ model: Model, _ name: String) -> (scale: [Float], shift: [Float])? {
    guard let weight = model.parameters[name + ".weight"], let bias = model.parameters[name + ".bias"],
      let variance = model.parameters[name + ".running_var"]
    else { return nil }
    let epsilon = model.descriptor.architecture.normalization.epsilon
    let scale = (0..<weight.shape.elementCount).map { index in
      Float(Double(weight.floats[index]) / (Double(variance.floats[index]) + epsilon).squareRoot())
    }
    return (scale, (0..<bias.shape.elementCount).map { bias.floats[$0] })
  }

  @Test func `the normalisation in the graph becomes the preprocessing`() throws {
    let record = try WeightImport(Self.path("normalized")).report().model.descriptor.preprocessing
    for (own, other) in zip(record.mean + record.std, [0.485, 0.456, 0.406, 0.229, 0.224, 0.225]) {
      #expect(abs(own - other) < 1e-6)
    }
  }

  @Test func `colours that the graph turns, and a sigmoid at its end, are recorded`() throws {
    let model = try WeightImport(Self.path("caffe")).report().model
    let record = model.descriptor.preprocessing
    #expect(record.channelOrder == .bgr)
    for (own, other) in zip(record.mean, [104.0, 117, 123]) { #expect(abs(own * 255 - other) < 1e-4) }
    #expect(model.descriptor.architecture.answer == .several)
  }

  @Test func `half precision stays, and integers with scales become floats`() throws {
    let half = try WeightImport(Self.path("half")).report()
    #expect(half.model.tensors.storedType(of: "conv1.weight") == .float16)
    // Its maps are of real numbers.
    let quantized = try WeightImport(Self.path("quantized")).report()
    #expect(quantized.model.quantization == nil)
    #expect(quantized.model.tensors.storedType(of: "conv1.weight") == .float32)
    #expect(quantized.notes.contains { $0.description.contains("integers of a few bits") })
  }

  @Test func `a softmax at the end is left out, and said`() throws {
    let report = try WeightImport(Self.path("tensorflow")).report()
    #expect(report.notes.contains { $0.description.contains("the softmax after the logits") })
  }

  @Test func `weights are compared with the source tensor by tensor`() throws {
    for name in ["kept", "gluon", "quantized", "tensorflow"] {
      let source = try WeightImport(Self.path(name))
      let model = try source.report().model
      let fidelity = try source.compare { names in model.parameters.filter { names.contains($0.key) } }
      #expect(fidelity.isFaithful && fidelity.tensorCount == model.graph.parameters.count, "\(name)")
    }
  }

  @Test func `an inspection says what an import would make`() throws {
    let inspection = try inspectWeights(Self.path("squeeze"))
    #expect(inspection.descriptor?.architecture == (try architecture("squeeze")))
    #expect(inspection.container == "an ONNX model by fixture, operator set 17")
  }

  private func architecture(_ name: String) throws -> Architecture {
    try WeightImport(Self.path(name)).report().model.descriptor.architecture
  }
}
