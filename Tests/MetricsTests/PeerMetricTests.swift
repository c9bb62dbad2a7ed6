import Foundation
import TestSupport
import Testing

@testable import Metrics

/// The figures of scikit-learn, as tools/fixtures/make_metric_fixtures.py has written them. Both sides add up doubles in another order.
struct PeerMetricTests {
  private struct Figures: Decodable {
    var one: [OneOfMany]
    var several: [Several]
  }

  private struct Three: Decodable {
    var precision: Double
    var recall: Double
    var f1: Double
  }

  private struct OneOfMany: Decodable {
    var logits: [[Float]]
    var truth: [Int]
    var classes: Int
    var top1: Double
    var top3: Double
    var loss: Double
    var macro: Three
    var weighted: Three
    var balancedAccuracy: Double
    var kappa: Double
    var matthews: Double
    var rocAuc: Double
  }

  private struct Several: Decodable {
    var logits: [[Float]]
    var truth: [[Int]]
    var loss: Double
    var subsetAccuracy: Double
    var hammingLoss: Double
    var micro: Three
    var macro: Three
    var samplesF1: Double
    var meanAveragePrecision: Double
    var rocAuc: Double
  }

  private let figures: Figures

  init() throws {
    let path =
      #filePath.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/Fixtures/metrics.json"
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    figures = try decoder.decode(Figures.self, from: Data(readFile(path)))
  }

  private func expect(
    _ value: Double?, _ wanted: Double, _ name: String, location: SourceLocation = #_sourceLocation
  ) {
    guard let value else {
      Issue.record("no \(name)", sourceLocation: location)
      return
    }
    #expect((value - wanted).magnitude <= 1e-12, "\(name): \(value), not \(wanted)", sourceLocation: location)
  }

  private func expect(
    _ value: Averages?, _ wanted: Three, _ name: String, location: SourceLocation = #_sourceLocation
  ) {
    expect(value?.precision, wanted.precision, "\(name) precision", location: location)
    expect(value?.recall, wanted.recall, "\(name) recall", location: location)
    expect(value?.f1, wanted.f1, "\(name) F1", location: location)
  }

  @Test func figuresOfOneClassOfMany() {
    for wanted in figures.one {
      let columns = wanted.logits[0].count
      var metrics = ClassificationMetrics()
      var confusion = ConfusionMatrix(classes: wanted.classes, predictions: columns)
      var table = ScoreTable(classes: columns)
      for (logits, truth) in zip(wanted.logits, wanted.truth) {
        let scores = Scores(logits.span, form: .softmax(temperature: 1))
        let evaluation = LogitEvaluation(scores, truth: truth)
        metrics.add(evaluation)
        confusion.add(truth, predicted: evaluation.predicted)
        table.add(scores.probabilities)
      }
      let indices = Array(0..<wanted.classes)
      expect(metrics.top1, wanted.top1, "top-1")
      expect(metrics.top(3), wanted.top3, "top-3")
      expect(metrics.loss, wanted.loss, "loss")
      expect(confusion.macroAverages(indices: indices), wanted.macro, "macro")
      expect(confusion.weightedAverages(indices: indices), wanted.weighted, "weighted")
      expect(confusion.balancedAccuracy(indices: indices), wanted.balancedAccuracy, "balanced accuracy")
      expect(confusion.kappa(indices: indices), wanted.kappa, "kappa")
      expect(confusion.matthewsCorrelation(indices: indices), wanted.matthews, "Matthews")
      let areas = indices.compactMap { index in
        table.column(index).flatMap { column in
          RankedScores(column) { wanted.truth[$0] == index }.rocArea
        }
      }
      expect(areas.reduce(0, +) / Double(wanted.classes), wanted.rocAuc, "ROC AUC")
    }
  }

  @Test func figuresOfSeveralClassesAtOnce() throws {
    for wanted in figures.several {
      let indices = Array(wanted.logits[0].indices)
      var metrics = MultiLabelMetrics(classes: indices.count)
      for (logits, truth) in zip(wanted.logits, wanted.truth) {
        metrics.add(Scores(logits.span, form: .sigmoid), indices: indices, truth: truth)
      }
      expect(metrics.loss, wanted.loss, "loss")
      expect(metrics.subsetAccuracy, wanted.subsetAccuracy, "subset accuracy")
      expect(metrics.hammingLoss, wanted.hammingLoss, "Hamming loss")
      expect(metrics.micro, wanted.micro, "micro")
      expect(metrics.macro, wanted.macro, "macro")
      expect(metrics.samplesF1, wanted.samplesF1, "samples F1")
      let classes = metrics.classResults(labels: indices.map { "\($0)" }, indices: indices)
      let precisions = classes.compactMap(\.averagePrecision)
      expect(
        precisions.reduce(0, +) / Double(precisions.count), wanted.meanAveragePrecision,
        "mean average precision")
      let areas = classes.compactMap(\.rocArea)
      expect(areas.reduce(0, +) / Double(areas.count), wanted.rocAuc, "ROC AUC")
      #expect(classes.last?.predicted == 0 && classes.last?.precision == nil && classes.last?.f1 == nil)
    }
  }

  @Test func agreementOfNothingIsUndefined() {
    let empty = ConfusionMatrix(classes: 2)
    #expect(empty.macroAverages(indices: [0, 1]) == nil && empty.kappa(indices: [0, 1]) == nil)
    #expect(
      empty.balancedAccuracy(indices: [0, 1]) == nil && empty.matthewsCorrelation(indices: [0, 1]) == nil)
    let sure = ConfusionMatrix(counts: [[3, 0], [0, 0]])
    #expect(sure.kappa(indices: [0, 1]) == nil && sure.matthewsCorrelation(indices: [0, 1]) == 0)
    #expect(RankedScores([0.5, 0.5]) { _ in true }.rocArea == nil)
    #expect(RankedScores([0.5, 0.5]) { $0 == 0 }.rocArea == 0.5)
    #expect(RankedScores([0.5, 0.5]) { _ in false }.averagePrecision == nil)
  }

  @Test func viewsAreAveragedAsProbabilities() {
    let views = [[0, 2, 1], [1, 0, 0]].map { Scores(($0 as [Float]).span, form: .softmax(temperature: 1)) }
    let mean = Scores(averaging: views)
    for index in 0..<3 {
      expect(
        mean.probabilities[index], (views[0].probabilities[index] + views[1].probabilities[index]) / 2, "mean"
      )
    }
    #expect(mean.logits == [0.5, 1, 0.5] && mean.likeliest == 1 && mean.rank(of: 2) == 2)
    expect(mean.crossEntropy(of: 0), -log(mean.probabilities[0]), "loss")
    let sure = Scores(averaging: [Scores(([2000, -2000] as [Float]).span, form: .sigmoid)])
    #expect(sure.binaryCrossEntropy(of: 0, isTrue: false).isFinite && sure.crossEntropy(of: 1).isFinite)
  }

  @Test func scoresBeyondTheLimitAreNotKept() {
    var table = ScoreTable(classes: 2, limit: 4)
    table.add([0.25, 0.75])
    table.add([0.5, 0.5])
    #expect(table.column(1) == [0.75, 0.5])
    table.add([1, 0])
    #expect(table.column(1) == nil)
    var metrics = MultiLabelMetrics(classes: 1, scoreLimit: 1)
    for logit in [1, -1] as [Float] {
      metrics.add(Scores([logit].span, form: .sigmoid), indices: [0], truth: [0])
    }
    let result = metrics.classResults(labels: ["a"], indices: [0])[0]
    #expect(result.averagePrecision == nil && result.recall == 0.5)
  }
}
