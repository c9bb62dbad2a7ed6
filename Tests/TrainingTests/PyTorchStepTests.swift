import Foundation
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import Testing

@testable import Training

/// Ten steps of small_resnet18 as PyTorch does them: `Fixtures/steps.json`, made by `tools/fixtures/make_training_fixtures.py`.
@Suite struct PyTorchStepTests {
  struct Case: Decodable {
    var selection: String
    var rate: Float
    var batch: Int
    var side: Int
    var losses: [Double]
    /// Of the first step: the first numbers, and the length last.
    var gradients: [String: [Float]]
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
    let images = TrainingBatch(capacity: fixture.batch, shape: backbone.imageShape)
    let features = TrainingBatch(capacity: fixture.batch, shape: network.inputShape)
    for (step, want) in fixture.losses.enumerated() {
      TestTraining.fill(
        images, count: fixture.batch, seed: "input \(step)", classes: network.classes, shift: step)
      let isWhole = network.boundary == 0
      if !isWhole { backbone.run(images, into: features) }
      let batch = isWhole ? images : features
      network.forward(batch, mode: .training(randomness: 0))
      let metrics = network.backward(CrossEntropy(), batch: batch)
      // The contract. Single precision against double, and now and then a ReLU that opens in only one of them.
      #expect(abs(metrics.loss - want) <= 1e-4, "step \(step): \(metrics.loss) for \(want)")
      if step == 0 { check(network, fixture.gradients) }
      network.descend(rate: fixture.rate)
    }
    let trained = try network.model(descriptor: model.descriptor)
    #expect(fixture.tensors.count == trained.graph.parameters.count)
    for (name, want) in fixture.tensors {
      for (index, (got, want)) in zip(trained.values(name), want).enumerated() {
        #expect(abs(got - want) <= 1e-4 * max(1, abs(want)), "\(name)[\(index)]: \(got) for \(want)")
      }
    }
  }

  private func check(_ network: TrainingNetwork, _ wants: [String: [Float]]) {
    let gradients = network.gradients
    #expect(network.parameters.map(\.name).sorted() == wants.keys.sorted())
    for parameter in network.parameters {
      guard let want = wants[parameter.name], let length = want.last else { continue }
      let got = gradients[parameter.range]
      let gotLength = got.reduce(0) { $0 + $1 * $1 }.squareRoot()
      // One ReLU of some hundred thousand is a hundredth at most of a gradient's length.
      #expect(abs(gotLength - length) <= 0.01 * length, "\(parameter.name): \(gotLength) for \(length)")
      for (got, want) in zip(got, want.dropLast()) {
        #expect(abs(got - want) <= 0.01 * length, "\(parameter.name): \(got) for \(want)")
      }
    }
  }
}
