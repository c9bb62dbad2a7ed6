import Datasets
import Metrics
import ModelDescriptor
import TensorCore
import TestSupport
import Testing

@testable import ResZoo

@Suite struct QuantizerTests {
  @Test func `a histogram is the same whatever the order of values and its parts`() {
    var noise = Noise(3)
    let values = (0..<4).map { part in noise.floats(500).map { $0 * Float(1 << (3 * part)) } }
    func histogram(_ order: [Int]) -> RangeHistogram {
      var sum = RangeHistogram()
      for part in order {
        let range = add(values[part], to: &sum)
        #expect(range != nil)
      }
      return sum
    }
    let (up, down) = (histogram([0, 1, 2, 3]), histogram([3, 2, 1, 0]))
    var joined = histogram([2, 0])
    joined.add(histogram([1, 3]))
    for other in [down, joined] {
      #expect(other.positive == up.positive && other.negative == up.negative && other.width == up.width)
    }
    #expect(up.positive.reduce(0, +) + up.negative.reduce(0, +) == 2000)
  }

  @Test func `a number that is none is told`() {
    var histogram = RangeHistogram()
    for values: [Float] in [[1, .infinity], [.nan]] {
      let range = histogram.add(values.span)
      #expect(range == nil)
    }
    #expect(histogram.count == 0)
  }

  @Test func `the range of least error leaves out a lone value far away`() throws {
    let lone: [Float] = [40]
    let values = (0..<20_000).map { Float($0 % 200) / 100 }
    let measured = (MapStatistics(values.span, channels: 1), MapStatistics(lone.span, channels: 1))
    var statistics = try #require(measured.0)
    for _ in 0..<7 { statistics.add(statistics) }
    statistics.add(try #require(measured.1))
    let close = try #require(RangeChoice(method: .meanSquaredError).map(statistics))
    let wide = try #require(RangeChoice(method: .meanOfExtremes).map(statistics))
    #expect(wide.zeroPoint == 0 && close.zeroPoint == 0)
    // Of 2.56 million values, one that errs by 30 costs less than a step of 40 / 255 does.
    #expect(close.scale < 15.0 / 255, "\(close)")
    #expect(wide.scale < 3.0 / 255, "\(wide)")
    let percentile = try #require(RangeChoice(method: .percentile).map(statistics))
    #expect(percentile.scale < 3.0 / 255, "\(percentile)")
  }

  @Test func `a range of both signs has 0 among its values`() throws {
    let values = (0..<1000).map { Float($0) / 500 - 0.5 }
    let measured = MapStatistics(values.span, channels: 1)
    let statistics = try #require(measured)
    for method in Calibration.Method.allCases {
      let map = try #require(RangeChoice(method: method).map(statistics))
      #expect((50...75).contains(map.zeroPoint), "\(method): \(map)")
      #expect((1.7 / 255...2.1 / 255).contains(map.scale), "\(method): \(map)")
    }
  }

  @Test func `a range that reaches too far is none`() throws {
    let values: [Float] = [0, 3e32]
    let measured = MapStatistics(values.span, channels: 1)
    let statistics = try #require(measured)
    #expect(RangeChoice(method: .meanOfExtremes).map(statistics) == nil)
  }

  @Test func `a map of nothing but zeros has a scale`() throws {
    let values: [Float] = [0, 0, 0]
    let measured = MapStatistics(values.span, channels: 3)
    let statistics = try #require(measured)
    for method in Calibration.Method.allCases {
      let map = try #require(RangeChoice(method: method).map(statistics))
      #expect(map.scale > 0 && map.zeroPoint == 0, "\(method): \(map)")
    }
  }

  @Test func `McNemar's exact test and Wilson's interval`() {
    var outcome = PairedOutcome()
    for _ in 0..<6 { outcome.add(first: true, second: false, areEqual: false) }
    outcome.add(first: false, second: true, areEqual: false)
    for _ in 0..<93 { outcome.add(first: true, second: true, areEqual: true) }
    // scipy.stats.binomtest(1, 7).pvalue
    #expect(abs(outcome.pValue - 0.125) < 1e-12)
    #expect(outcome.images == 100 && outcome.firstRight == 99 && outcome.secondRight == 94)
    // statsmodels.stats.proportion.proportion_confint(94, 100, method='wilson')
    let interval = WilsonInterval(count: 94, of: 100)
    #expect(
      abs(interval.lower - 0.8752318455410406) < 1e-12 && abs(interval.upper - 0.9722138760368118) < 1e-12,
      "\(interval)")
    #expect(WilsonInterval(count: 0, of: 10).lower == 0 && WilsonInterval(count: 10, of: 10).upper == 1)
    #expect(PairedOutcome().pValue == 1)
  }
}

/// Counts values.
private func add(_ values: [Float], to histogram: inout RangeHistogram) -> (least: Float, greatest: Float)? {
  histogram.add(values.span)
}
