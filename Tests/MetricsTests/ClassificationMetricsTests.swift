import Foundation
import Metrics
import Testing

@Suite struct ClassificationMetricsTests {
  @Test func `of equal logits the first one wins`() {
    let logits: [Float] = [1, 4, 4, 0, 4]
    #expect(logits.span.indexOfLargest == 1)
    #expect(logits.span.indicesOfLargest(4) == [1, 2, 4, 0])
    #expect(logits.indices.map { logits.span.rank(of: $0) } == [3, 0, 1, 4, 2])
  }

  @Test func `metrics are counted by hand`() throws {
    var metrics = ClassificationMetrics()
    #expect(metrics.top1 == nil && metrics.top5 == nil && metrics.loss == nil)
    let logits: [Float] = [6, 5, 4, 3, 2, 1]
    for truth in [0, 1, 5] { metrics.add(LogitEvaluation(logits.span, truth: truth)) }
    #expect(metrics.images == 3 && metrics.correct == 1 && metrics.correctInTop5 == 2)
    #expect(metrics.top1 == 1.0 / 3 && metrics.top5 == 2.0 / 3)
    let logSumExp = log(logits.reduce(0) { $0 + exp(Double($1)) })
    #expect(abs(try #require(metrics.loss) - (logSumExp - 4)) < 1e-14)
  }

  @Test func `the likeliest class has the reported probability`() {
    let evaluation = LogitEvaluation(([0, 2, 1] as [Float]).span, truth: 2)
    #expect(evaluation.predicted == 1 && evaluation.rank == 1)
    #expect(abs(evaluation.probability - exp(2) / (1 + exp(2) + exp(1))) < 1e-14)
  }
}
