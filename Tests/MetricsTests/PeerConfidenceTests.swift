import Foundation
import TestSupport
import Testing

@testable import Metrics

/// Figures of numpy, scipy and statsmodels, as tools/fixtures/make_confidence_fixtures.py has written them.
struct PeerConfidenceTests {
  private struct Fixture: Decodable {
    var calibrations: [Calibration]
    var tails: [[Double]]
    var pairs: [[Double]]
    var wilson: [[Double]]
    var holm: [Holm]
  }

  private struct Figures: Decodable {
    var ece: Double
    var largest: Double
    var rms: Double
    var adaptive: Double
    var nll: Double
    var brier: Double
    var confidence: Double
  }

  private struct Calibration: Decodable {
    var logits: [[Float]]
    var truth: [Int]
    var bins: Int
    var temperature: Double
    var before: Figures
    var after: Figures
    var conformal: [String: Double]
    var aurc: Double

    var table: LogitTable {
      var table = LogitTable(classes: logits[0].count)
      for (row, truth) in zip(logits, truth) { table.add(row, truth: truth) }
      return table
    }
  }

  private struct Holm: Decodable {
    var p: [Double]
    var adjusted: [Double]
  }

  private let fixture: Fixture

  init() throws {
    let path =
      #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Fixtures/confidence.json"
    fixture = try JSONDecoder().decode(Fixture.self, from: Data(readFile(path)))
  }

  private func expect(
    _ value: Double, _ wanted: Double, _ name: String, within tolerance: Double = 1e-12,
    location: SourceLocation = #_sourceLocation
  ) {
    #expect(
      (value - wanted).magnitude <= tolerance, "\(name): \(value), not \(wanted)", sourceLocation: location)
  }

  @Test func temperatureIsScipys() throws {
    for wanted in fixture.calibrations {
      let table = wanted.table
      let value = try TemperatureFit.temperature(of: table, images: 0..<table.images, in: 0.01...100)
      expect(value, wanted.temperature, "temperature", within: 1e-9 * wanted.temperature)
    }
  }

  @Test func calibrationErrorsAreNumpys() {
    for wanted in fixture.calibrations {
      let table = wanted.table
      for (figures, temperature) in [(wanted.before, 1), (wanted.after, wanted.temperature)] {
        let confidences = ConfidenceTable(table, images: 0..<table.images, temperature: temperature)
        let metrics = ConfidenceMetrics(confidences, bins: wanted.bins, resamples: 0, seed: 0)
        expect(metrics.expectedCalibrationError.value, figures.ece, "ECE")
        expect(metrics.adaptiveCalibrationError.value, figures.adaptive, "adaptive ECE")
        expect(metrics.maximumCalibrationError, figures.largest, "largest error")
        expect(metrics.rootMeanSquareCalibrationError, figures.rms, "root mean square")
        expect(metrics.negativeLogLikelihood.value, figures.nll, "NLL")
        expect(metrics.brierScore.value, figures.brier, "Brier")
        expect(metrics.meanConfidence, figures.confidence, "mean confidence")
      }
    }
  }

  @Test func conformalBoundsAndRiskAreNumpys() throws {
    for wanted in fixture.calibrations {
      for (coverage, least) in wanted.conformal {
        let sets = ConformalSets(
          wanted.table, temperature: 1, coverage: try #require(Double(coverage)), seed: 0)
        expect(sets.leastProbability, least, "bound for \(coverage)")
      }
      let table = ConfidenceTable(wanted.table, images: 0..<wanted.truth.count, temperature: 1)
      expect(SelectiveAnswers(table).area, wanted.aurc, "AURC")
    }
  }

  @Test func binomialTailsAreScipys() {
    for row in fixture.tails {
      let (count, total) = (Int(row[0]), Int(row[1]))
      let tail = BinomialTail.atLeast(count, of: total, probability: row[2])
      // Both sides lose digits in the logarithms of factorials of 20,000.
      expect(tail, row[3], "P(X ≥ \(count)) of \(total) at \(row[2])", within: 1e-9 * max(row[3], 1e-3))
      expect(
        BinomialTail.lowerBound(count, of: total, risk: 0.05), row[4], "bound of \(count)/\(total)",
        within: 1e-9)
    }
  }

  @Test func pairedTestsAndIntervalsAreStatsmodels() {
    for row in fixture.pairs {
      var outcome = PairedOutcome()
      for (index, (first, second)) in [(true, false), (false, true), (true, true), (false, false)]
        .enumerated()
      {
        for _ in 0..<Int(row[index]) { outcome.add(first: first, second: second, areEqual: first == second) }
      }
      expect(outcome.pValue, row[4], "McNemar's p", within: 1e-9)
    }
    for row in fixture.wilson {
      let interval = WilsonInterval(count: Int(row[0]), of: Int(row[1]))
      expect(interval.lower, row[2], "Wilson's lower end", within: 1e-9)
      expect(interval.upper, row[3], "Wilson's upper end", within: 1e-9)
    }
    for one in fixture.holm {
      for (value, wanted) in zip(HolmCorrection.adjusted(one.p), one.adjusted) {
        expect(value, wanted, "Holm's p")
      }
    }
  }
}
