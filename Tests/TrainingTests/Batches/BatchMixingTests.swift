import Datasets
import ImageInput
import Messages
import ResNetGraph
import TensorCore
import Testing

@testable import Training

struct BatchMixingTests {
  /// Inputs of 4×6 pixels and two channels that hold their own numbers, each of a class of its own.
  private func batch(_ count: Int) -> TrainingBatch {
    let batch = TrainingBatch(capacity: 8, shape: FeatureShape(channels: 2, height: 4, width: 6))
    for slot in 0..<count {
      batch.targets.append(TrainingBatch.Target(label: 10 + slot))
      batch.withInput(slot) { span in
        for index in span.indices { span[index] = Float(slot + 1) }
      }
    }
    return batch
  }

  private func input(_ batch: TrainingBatch, _ slot: Int) -> [Float] {
    batch.withInput(slot) { span in span.indices.map { span[$0] } }
  }

  @Test func eachInputIsMixedWithTheOneBefore() throws {
    let batch = batch(3)
    try BatchMixing(mixup: 1).blend(batch, share: 0.75)
    for (slot, value) in [(0, 0.75 * 1 + 0.25 * 3), (1, 0.75 * 2 + 0.25 * 1), (2, 0.75 * 3 + 0.25 * 2)] {
      #expect(input(batch, slot) == Array(repeating: Float(value), count: 48))
    }
    #expect(
      batch.targets == [
        TrainingBatch.Target(label: 10, otherLabel: 12, share: 0.75),
        TrainingBatch.Target(label: 11, otherLabel: 10, share: 0.75),
        TrainingBatch.Target(label: 12, otherLabel: 11, share: 0.75),
      ])
  }

  @Test func aBoxComesFromTheInputBefore() throws {
    let batch = batch(2)
    try BatchMixing(cutmix: 1).cut(batch, PixelRegion(columns: 1..<4, rows: 2..<4))
    for (slot, own, other): (Int, Float, Float) in [(0, 1, 2), (1, 2, 1)] {
      let expected = (0..<4).flatMap { row in
        (0..<6).flatMap { column in
          Array(repeating: row >= 2 && (1..<4).contains(column) ? other : own, count: 2)
        }
      }
      #expect(input(batch, slot) == expected)
      // The box has 6 of 24 pixels.
      #expect(batch.targets[slot].share == 0.75)
    }
  }

  @Test func boxesAreCutOffAtTheEdgeAndCountAsTheyAre() {
    var random = SplitMix64(seed: 1)
    var areas = 0.0
    for _ in 0..<4000 {
      let box = BatchMixing.box(share: 0.36, width: 50, height: 40, random: &random)
      #expect(box.columns.lowerBound >= 0 && box.columns.upperBound <= 50)
      #expect(box.rows.lowerBound >= 0 && box.rows.upperBound <= 40)
      // Sides of 0.8 of the image's, at least half of which lies within.
      #expect((20...40).contains(box.columns.count) && (16...32).contains(box.rows.count))
      areas += Double(box.columns.count * box.rows.count) / 2000
    }
    // The mean visible part of a side of 0.8 whose centre is uniform: 0.8 - 2 · 0.4² / 2 = 0.64.
    #expect(abs(areas / 4000 - 0.64 * 0.64) < 0.02)
  }

  @Test(arguments: [0.2, 1.0, 5.0]) func sharesFollowTheBetaDistribution(alpha: Double) {
    var random = SplitMix64(seed: 3)
    let values = (0..<20_000).map { _ in random.nextBeta(alpha) }
    #expect(values.allSatisfy { (0...1).contains($0) })
    let mean = values.reduce(0, +) / 20_000
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
    #expect(abs(mean - 0.5) < 0.015)
    #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.006)
  }

  @Test func theSameSeedAndStepMixAlike() throws {
    let mixing = try BatchMixing(mixup: 0.2, cutmix: 1)
    var kinds: Set<Bool> = []
    var outcomes: Set<[Float]> = []
    for step in 1...20 {
      let (first, second) = (batch(4), batch(4))
      mixing.apply(to: first, seed: 5, step: step)
      mixing.apply(to: second, seed: 5, step: step)
      #expect(input(first, 2) == input(second, 2) && first.targets == second.targets)
      outcomes.insert(input(first, 2))
      kinds.insert(Set(input(first, 2)).subtracting([2, 3]).isEmpty)
    }
    #expect(kinds == [true, false])
    #expect(outcomes.count > 10)
  }

  @Test func oneInputAndNoMixingChangeNothing() throws {
    let alone = batch(1)
    try BatchMixing(mixup: 1, cutmix: 1).apply(to: alone, seed: 1, step: 1)
    #expect(input(alone, 0) == Array(repeating: 1, count: 48))
    #expect(alone.targets == [TrainingBatch.Target(label: 10, otherLabel: 10)])
    let pair = batch(2)
    BatchMixing.none.apply(to: pair, seed: 1, step: 1)
    #expect(pair.targets == [TrainingBatch.Target(label: 10), TrainingBatch.Target(label: 11)])
    #expect(input(pair, 1) == Array(repeating: 2, count: 48))
  }

  @Test(arguments: [-1, 101, Double.nan, .infinity]) func otherParametersAreRefused(alpha: Double) {
    #expect(throws: TrainingError(.options, "")) { try BatchMixing(mixup: alpha) }
    #expect(throws: TrainingError(.options, "")) { try BatchMixing(cutmix: alpha) }
  }
}
