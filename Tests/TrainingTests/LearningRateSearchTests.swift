import TensorCore
import Testing

@testable import Training

@Suite struct LearningRateSearchTests {
  /// Losses of a search from 1e-7 to 10: noise around what a rate leaves.
  private func points(seed: UInt64, loss: (Double) -> Double) -> [LearningRateSearch.Point] {
    var generator = SplitMix64(seed: seed)
    var mean = 0.0
    return (0..<100).map { step in
      let exponent = -7 + 8 * Double(step) / 99
      let value = loss(exponent) + 0.2 * (Double(generator.nextUniform()) - 0.5)
      mean = 0.9 * mean + 0.1 * value
      var weight = 1.0
      for _ in 0...step { weight *= 0.9 }
      var rate = 1.0
      for _ in 0..<7 { rate /= 10 }
      for _ in 0..<step { rate *= 1.2045035 }
      return LearningRateSearch.Point(rate: rate, loss: value, smoothed: mean / (1 - weight))
    }
  }

  @Test(arguments: 0..<20) func noiseSuggestsNothing(seed: UInt64) {
    #expect(LearningRateSearch.steepest(points(seed: seed) { _ in 2.3 }) == nil)
  }

  @Test(arguments: 0..<20) func theSteepestFallIsSuggested(seed: UInt64) throws {
    // Falls from 1e-4 to 1e-1, and explodes behind.
    let course = points(seed: seed) { exponent in
      exponent < -4 ? 2.3 : exponent < -1 ? 2.3 - 0.5 * (exponent + 4) : 0.8 + 3 * (exponent + 1)
    }
    let rate = try #require(LearningRateSearch.steepest(course))
    #expect((1e-4...1e-1).contains(rate))
  }
}
