import Foundation
import Inference
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// Logits of small nets that turn every knob, as PyTorch computes them: `Fixtures/variants.json`, made by
/// `tools/fixtures/make_variant_fixtures.py`.
@Suite struct PyTorchVariantTests {
  struct Case: Decodable {
    var descriptor: Architecture
    var logits: [Float]
  }

  private static func cases() throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: folder.appending(path: "Fixtures/variants.json")))
  }

  @Test(arguments: [false, true])
  func logitsAreThoseOfPyTorch(exact: Bool) throws {
    let cases = try Self.cases()
    #expect(cases.count > 20)
    for (index, fixture) in cases.enumerated() {
      let architecture = fixture.descriptor
      try architecture.validate()
      let input = architecture.input
      let plan = try InferencePlan(model(architecture), exact: exact, threads: 1)
      let image = Tensor(
        shape: [1, input.channels, input.height, input.width],
        floats: noise("picture", count: input.channels * input.height * input.width))
      let got = try InferenceSession(plan: plan, threads: 1).logits(for: image).values
      let largest = fixture.logits.map(abs).max() ?? 0
      for (logit, (value, want)) in zip(got, fixture.logits).enumerated() {
        // The contract's 1e-4 of the largest logit.
        #expect(abs(value - want) <= 1e-4 * largest, "net \(index), logit \(logit): \(value) for \(want)")
      }
      #expect(got.count == fixture.logits.count)
    }
  }

  /// Weights drawn by name, as the script does it.
  private func model(_ architecture: Architecture) throws -> Model {
    var tensors: [String: Tensor] = [:]
    for parameter in try Graph(architecture).parameters {
      let count = parameter.shape.elementCount
      let fanIn = max(1, count / parameter.shape.dimensions[0])
      let values = noise(parameter.name, count: count).map { value in
        switch (parameter.role, parameter.shape.rank) {
        case (.weight, 1): 1 + 0.3 * value
        case (.weight, _): value * (6 / Float(fanIn)).squareRoot()
        case (.runningVariance, _): 1 + 0.5 * value
        case (.bias, _), (.runningMean, _): 0.2 * value
        }
      }
      tensors[parameter.name] = Tensor(shape: parameter.shape, floats: values)
    }
    return try Model(
      descriptor: ModelDescriptor(
        architecture: architecture, preprocessing: Preprocessing.usual(for: architecture).record,
        origin: Origin(kind: .imported)), parameters: tensors)
  }

  /// Seeded by FNV-1a of a text.
  private func noise(_ text: String, count: Int) -> [Float] {
    var seed: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var noise = Noise(seed)
    return noise.floats(count)
  }
}
