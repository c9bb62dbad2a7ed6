import Datasets
import Foundation
import TestSupport
import Testing

@testable import Training

/// Binary cross-entropy as PyTorch and timm define it: `Fixtures/binary_losses.json`, made by `tools/fixtures/make_training_fixtures.py`.
@Suite struct BinaryCrossEntropyTests {
  struct Case: Decodable {
    var form: String
    var smoothing: Double
    var weights: [Float]?
    /// For each input the classes, and those that have the rest of the share.
    var targets: [[[Int]]]
    var shares: [Float]
    var loss: Double
    var gradient: [Float]

    func target(_ index: Int) -> TrainingBatch.Target {
      let pair = targets[index].map {
        form == "several" ? TrainingBatch.Target(LabelSet($0)) : TrainingBatch.Target(label: $0[0])
      }
      return shares[index] == 1 ? pair[0] : TrainingBatch.Target(pair[0], pair[1], share: shares[index])
    }
  }

  private static func cases() throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: folder.appending(path: "Fixtures/binary_losses.json")))
  }

  @Test func lossesAndGradientsAreThoseOfPyTorch() throws {
    let cases = try Self.cases()
    #expect(cases.count == 24)
    for (number, fixture) in cases.enumerated() {
      var noise = Noise(text: "logits")
      let logits = noise.floats(fixture.gradient.count).map { 4 * $0 }
      let targets = fixture.targets.indices.map(fixture.target)
      let classes = logits.count / targets.count
      let entropy = BinaryCrossEntropy(labelSmoothing: fixture.smoothing, positiveWeights: fixture.weights)
      let divisor = entropy.divisor(of: targets, classes: classes)
      var loss = 0.0
      for (index, target) in targets.enumerated() {
        let row = Array(logits[index * classes..<(index + 1) * classes])
        var gradient = Array(repeating: Float.nan, count: classes)
        loss += unsafe entropy.loss(
          logits: row, classes: classes, target: target, gradient: &gradient, factor: 1 / divisor)
        for (got, want) in zip(gradient, fixture.gradient[(index * classes)...]) {
          // Written with eight digits.
          #expect(abs(got - want) <= 1e-7, "case \(number), input \(index): \(got) for \(want)")
        }
      }
      #expect(
        abs(loss / divisor - fixture.loss) <= 1e-6, "case \(number): \(loss / divisor) for \(fixture.loss)")
    }
  }

  @Test func largeLogitsOverflowNothing() {
    var gradient: [Float] = [0, 0]
    let loss = unsafe BinaryCrossEntropy().loss(
      logits: [1000, -1000], classes: 2, target: TrainingBatch.Target(LabelSet([1])), gradient: &gradient)
    #expect(loss == 2000)
    #expect(gradient == [1, -1])
  }

  private func isRight(_ target: TrainingBatch.Target, _ logits: [Float]) -> Bool {
    target.isAnswered(by: logits.span)
  }

  @Test func anAnswerIsRightWhenAllItsLogitsAre() {
    let several = TrainingBatch.Target(LabelSet([0, 2]))
    #expect(isRight(several, [1, -1, 0.5]))
    #expect(!isRight(several, [1, 1, 0.5]))
    #expect(!isRight(several, [1, -1, -0.5]))
    for (label, logit) in [(1, Float(2)), (0, -2)] {
      #expect(isRight(TrainingBatch.Target(label: label), [logit]))
      #expect(!isRight(TrainingBatch.Target(label: 1 - label), [logit]))
    }
    let none = TrainingBatch.Target(LabelSet([]))
    #expect(isRight(none, [-1, -1]))
    let mixed = TrainingBatch.Target(several, none, share: 0.25)
    #expect(mixed.share(of: 2, classes: 3) == 0.25 && mixed.share(of: 1, classes: 3) == 0)
    #expect(isRight(mixed, [-1, -1, -1]))
  }
}
