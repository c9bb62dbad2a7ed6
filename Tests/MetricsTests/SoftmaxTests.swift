import Foundation
import Metrics
import Testing

@Suite struct SoftmaxTests {
  @Test func `probabilities are those of the definition`() {
    let logits: [Float] = [0.5, -1, 3, 3]
    let softmax = Softmax(logits.span)
    let sum = logits.reduce(0) { $0 + exp(Double($1)) }
    #expect(abs(softmax.logSumExp - log(sum)) < 1e-14)
    for logit in logits {
      #expect(abs(softmax.probability(of: logit) - exp(Double(logit)) / sum) < 1e-14)
    }
    #expect(abs(softmax.largestProbability - exp(3) / sum) < 1e-14)
    #expect(abs(softmax.loss(of: -1) - (log(sum) + 1)) < 1e-14)
  }

  @Test func `large logits overflow nothing`() {
    let softmax = Softmax(([1000, -1000] as [Float]).span)
    #expect(softmax.logSumExp == 1000)
    #expect(softmax.loss(of: -1000) == 2000)
    #expect(softmax.probability(of: -1000) == 0)
  }

  @Test func `logits that are not finite give no finite loss`() {
    for logits in [[Float.nan, 1], [.infinity, 1], [.nan, .nan]] as [[Float]] {
      #expect(!Softmax(logits.span).loss(of: logits[0]).isFinite)
    }
  }
}
