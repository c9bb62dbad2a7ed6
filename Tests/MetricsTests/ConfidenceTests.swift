import Testing

@testable import Metrics

@Suite struct ConfidenceTests {
  private static func table(_ rows: [([Float], Int)]) -> LogitTable {
    var table = LogitTable(classes: rows[0].0.count)
    for (row, truth) in rows { table.add(row, truth: truth) }
    return table
  }

  @Test func withoutMistakesNoTemperatureIsBest() {
    let table = Self.table([([2, 0], 0), ([0, 1], 1)])
    #expect(throws: TemperatureFit.Failure.noMistakes) {
      try TemperatureFit.temperature(of: table, images: 0..<2, in: 0.01...100)
    }
  }

  @Test func withoutKnowledgeNoTemperatureIsBest() {
    let table = Self.table([([2, 0], 1), ([0, 1], 0)])
    #expect(throws: TemperatureFit.Failure.noKnowledge) {
      try TemperatureFit.temperature(of: table, images: 0..<2, in: 0.01...100)
    }
    let equal = Self.table([([1, 1], 1), ([1, 1], 0)])
    #expect(throws: TemperatureFit.Failure.noKnowledge) {
      try TemperatureFit.temperature(of: equal, images: 0..<2, in: 0.01...100)
    }
  }

  @Test func binsHoldTheirUpperEnd() {
    for count in 1...40 {
      for bin in 0..<count {
        let upper = Double(bin + 1) / Double(count)
        #expect(CalibrationError.bin(of: upper, among: count) == bin)
        #expect(CalibrationError.bin(of: upper.nextUp, among: count) == min(bin + 1, count - 1))
      }
      #expect(CalibrationError.bin(of: 0, among: count) == 0)
    }
  }

  /// The bootstrap's interval holds the figure of a network whose probabilities are as they are, and is narrower for more images.
  @Test func intervalsNarrowWithImages() {
    func width(_ images: Int) -> Double {
      let rows: [([Float], Int)] = (0..<images).map { ([Float($0 % 7) / 3, 0, 0.5], $0 % 3 == 0 ? 1 : 0) }
      let table = ConfidenceTable(Self.table(rows), images: 0..<images, temperature: 1)
      let metrics = ConfidenceMetrics(table, bins: 5, resamples: 200, seed: 3)
      let loss = metrics.negativeLogLikelihood
      #expect(loss.lower < loss.value && loss.value < loss.upper)
      return loss.upper - loss.lower
    }
    let (few, many) = (width(50), width(5000))
    // The width falls with the root of the number of images, here by 10.
    #expect(few / many > 7 && few / many < 14, "\(few), \(many)")
  }

  /// Drawn sets keep order and number: all counts 1 give the figures of the set itself.
  @Test func adaptiveBinsSplitImagesDrawnSeveralTimes() {
    let rows: [([Float], Int)] = (0..<9).map { ([Float($0), 1], $0 % 2) }
    let table = ConfidenceTable(Self.table(rows), images: 0..<9, temperature: 1)
    var bootstrap = ConfidenceBootstrap(table, bins: 4, seed: 1)
    for _ in 0..<50 {
      let figures = bootstrap.next()
      #expect((0...1).contains(figures.adaptive) && (0...1).contains(figures.expected))
      #expect((0...2).contains(figures.brier) && figures.loss > 0)
    }
  }

  @Test func tooFewImagesForACoverageTakeAllClasses() {
    let table = Self.table([([3, 0], 0), ([0, 3], 1)])
    let sets = ConformalSets(table, temperature: 1, coverage: 0.9, seed: 0)
    #expect(sets.leastProbability == 0 && sets.meanSize == 2 && sets.heldOutCoverage == 1)
  }

  @Test func thresholdsTakeAllImagesOfOneConfidenceOrNone() throws {
    // 60 sure and right answers, then 40 of one lower confidence of which half are wrong.
    let rows: [([Float], Int)] =
      (0..<60).map { _ in ([4, 0], 0) } + (0..<40).map { ([1, 0], $0 % 2) }
    let table = ConfidenceTable(Self.table(rows), images: 0..<100, temperature: 1)
    let selective = SelectiveAnswers(table)
    let threshold = try #require(selective.threshold(precision: 0.9))
    #expect(threshold.answered == 60 && threshold.right == 60)
    // 0.05^(1/60), the bound of Clopper and Pearson where all are right.
    #expect((threshold.lowerBound - 0.951297).magnitude < 1e-6)
    #expect(selective.threshold(precision: 0.99) == nil)
    #expect(selective.threshold(precision: 0.5)?.answered == 100)
    #expect(selective.curve.last?.risk == 0.2)
  }

  /// A temperature changes no order of classes, of several views neither.
  @Test func temperaturesChangeNoOrder() {
    let views: [[Float]] = [[0, 2, 1, 1.9], [3, 0, 0, 1]]
    let view = views[0]
    for temperature in [0.01, 0.3, 1, 7, 100] {
      let one = Scores(view.span, form: .softmax(temperature: temperature))
      #expect(one.likeliest(4) == [1, 3, 2, 0] && one.logits == view)
      #expect((one.probabilities.reduce(0, +) - 1).magnitude < 1e-12)
      let scores = views.map { Scores($0.span, form: .softmax(temperature: 1)) }
      let plain = Scores(averaging: scores)
      let tempered = Scores(averaging: scores, temperature: temperature)
      #expect(tempered.likeliest(4) == plain.likeliest(4))
      #expect((tempered.probabilities.reduce(0, +) - 1).magnitude < 1e-12)
    }
    // Of one view, the power of the mean is the softmax at that temperature.
    let single = Scores(averaging: [Scores(view.span, form: .softmax(temperature: 1))], temperature: 2)
    let direct = Scores(view.span, form: .softmax(temperature: 2))
    for (one, other) in zip(single.probabilities, direct.probabilities) {
      #expect((one - other).magnitude < 1e-12)
    }
  }

  @Test func differencesAreThoseOfTheSecond() {
    var outcome = PairedOutcome()
    for _ in 0..<6 { outcome.add(first: false, second: true, areEqual: false) }
    for _ in 0..<2 { outcome.add(first: true, second: false, areEqual: false) }
    for _ in 0..<92 { outcome.add(first: true, second: true, areEqual: true) }
    #expect(outcome.difference == 0.04 && outcome.flips == 8)
    // 1.96 · √(8 − 16 / 100) / 100
    #expect((outcome.differenceInterval.lower - (0.04 - 0.054879)).magnitude < 1e-6)
    // (1.96 + 0.8416) · √8 / 100
    #expect((outcome.detectableDifference - 0.079241).magnitude < 1e-6)
  }
}
