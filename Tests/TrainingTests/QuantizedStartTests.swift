import Datasets
import ModelDescriptor
import ResNetModel
import TensorCore
import TestSupport
import Testing

@testable import Training

/// Trainings start from the weights of a quantized network, and never from its record.
@Suite struct QuantizedStartTests {
  private func model() throws -> Model {
    let folder = #filePath.split(separator: "/").dropLast(3).reduce("") { $0 + "/" + $1 }
    return try Model(contentsOf: folder + "/spec/vectors/networks/quantized.rzoo")
  }

  @Test func `a new head leaves a network of real numbers`() throws {
    let model = try model()
    let tuned = try model.replacingHead(nil, labels: ["a", "b"], seed: 1)
    #expect(tuned.quantization == nil && tuned.descriptor.calibration == nil)
    #expect(tuned.tensors.storedType(of: "conv1.weight") == .float32)
    #expect(
      Array(copying: tuned.parameter("conv1.weight").bytes)
        == Array(copying: model.parameter("conv1.weight").bytes))
  }

  @Test func `a data set starts from real numbers`() throws {
    let set = try TrainerFixture().set
    let adapted = try AdaptedModel(model(), training: set, validation: nil, seed: 1)
    #expect(adapted.model.quantization == nil)
  }

  @Test func `integers do not learn`() throws {
    let model = try model()
    let error = #expect(throws: TrainingError.self) {
      try TrainingNetwork(model, selection: .all, capacity: 2)
    }
    #expect(error?.code == .network)
    _ = try TrainingNetwork(model.dequantized(), selection: .all, capacity: 2)
  }
}
