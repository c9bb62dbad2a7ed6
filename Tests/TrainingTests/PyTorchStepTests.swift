import Foundation
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import Testing

@testable import Training

/// Ten steps of small_resnet18 as PyTorch does them: `Fixtures/steps.json`, made by `tools/make_training_fixtures.py`.
@Suite struct PyTorchStepTests {
  struct Case: Decodable {
    var selection: String
    var rate: Float
    var batch: Int
    var side: Int
    var losses: [Double]
    var tensors: [String: [Float]]
  }

  private static func cases() throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: folder.appending(path: "Fixtures/steps.json")))
  }

  @Test(arguments: [0, 1]) func stepsAreThoseOfPyTorch(index: Int) throws {
    let fixture = try #require(try Self.cases().dropFirst(index).first)
    let model = try TestTraining.model(.preset(named: "small_resnet18"))
    let network = try TrainingNetwork(
      model, selection: LayerSelection(fixture.selection), height: fixture.side, width: fixture.side,
      capacity: fixture.batch, threads: 2)
    let backbone = try FrozenBackbone(
      model, boundary: network.boundary, height: fixture.side, width: fixture.side, capacity: 3, threads: 2)
    let pictures = TrainingBatch(capacity: fixture.batch, shape: backbone.pictureShape)
    let features = TrainingBatch(capacity: fixture.batch, shape: network.inputShape)
    for (step, want) in fixture.losses.enumerated() {
      TestTraining.fill(
        pictures, count: fixture.batch, seed: "input \(step)", classes: network.classes, shift: step)
      let isWhole = network.boundary == 0
      if !isWhole { backbone.run(pictures, into: features) }
      let batch = isWhole ? pictures : features
      network.forward(batch, mode: .training(randomness: 0))
      let figures = network.backward(CrossEntropy(), batch: batch)
      // The contract; single precision against double through ten steps.
      #expect(abs(figures.loss - want) <= 1e-4, "step \(step): \(figures.loss) for \(want)")
      network.descend(rate: fixture.rate)
    }
    let trained = try network.model(descriptor: model.descriptor)
    #expect(fixture.tensors.count == trained.graph.parameters.count)
    for (name, want) in fixture.tensors {
      for (index, (got, want)) in zip(trained.values(name), want).enumerated() {
        #expect(abs(got - want) <= 1e-3 * max(1, abs(want)), "\(name)[\(index)]: \(got) for \(want)")
      }
    }
  }
}
