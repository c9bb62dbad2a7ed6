import Foundation
import TestSupport
import Testing

@testable import Training

/// Cross-entropy as PyTorch defines it: `Fixtures/losses.json`, made by `tools/fixtures/make_training_fixtures.py`.
@Suite struct CrossEntropyTests {
  struct Case: Decodable {
    var smoothing: Double
    var weights: [Float]?
    /// Class, other class, share.
    var targets: [[Float]]
    var loss: Double
    var gradient: [Float]
  }

  private static func cases() throws -> [Case] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    return try JSONDecoder().decode(
      [Case].self, from: Data(contentsOf: folder.appending(path: "Fixtures/losses.json")))
  }

  @Test func lossesAndGradientsAreThoseOfPyTorch() throws {
    let cases = try Self.cases()
    #expect(cases.count == 8)
    for (number, fixture) in cases.enumerated() {
      var noise = Noise(text: "logits")
      let logits = noise.floats(fixture.gradient.count).map { 4 * $0 }
      let classes = logits.count / fixture.targets.count
      let targets = fixture.targets.map {
        TrainingBatch.Target(label: Int($0[0]), otherLabel: $0[2] == 1 ? nil : Int($0[1]), share: $0[2])
      }
      let entropy = CrossEntropy(labelSmoothing: fixture.smoothing, classWeights: fixture.weights)
      let divisor = entropy.divisor(of: targets)
      var loss = 0.0
      for (index, target) in targets.enumerated() {
        let row = Array(logits[index * classes..<(index + 1) * classes])
        var gradient = Array(repeating: Float.nan, count: classes)
        loss += unsafe entropy.loss(
          logits: row, classes: classes, target: target, gradient: &gradient, factor: 1 / divisor)
        for (got, want) in zip(gradient, fixture.gradient[(index * classes)...]) {
          // Written with eight digits.
          #expect(abs(got - want) <= 1e-6, "case \(number), input \(index): \(got) for \(want)")
        }
      }
      #expect(abs(loss / divisor - fixture.loss) <= 1e-6, "case \(number)")
    }
  }

  @Test func aMixtureIsDividedByInputsWhateverItsShares() {
    let entropy = CrossEntropy(classWeights: [0.5, 2])
    let alone = TrainingBatch.Target(label: 1)
    #expect(entropy.divisor(of: [alone, TrainingBatch.Target(label: 0)]) == 2.5)
    for share: Float in [0, 0.25, 1] {
      let mixed = TrainingBatch.Target(label: 1, otherLabel: 1, share: share)
      #expect(entropy.divisor(of: [mixed, mixed]) == 2)
    }
  }

  @Test func largeLogitsOverflowNothing() {
    var gradient: [Float] = [0, 0]
    let loss = unsafe CrossEntropy().loss(
      logits: [1000, -1000], classes: 2, target: TrainingBatch.Target(label: 1), gradient: &gradient)
    #expect(loss == 2000)
    #expect(gradient == [1, -1])
  }
}
