import Platform

/// 1 / (1 + exp(-logit)), in double precision and without overflow.
package func sigmoid(of logit: Float) -> Double {
  let small = exp(-Double(logit.magnitude))
  return logit < 0 ? small / (1 + small) : 1 / (1 + small)
}

/// The softmax of one input's logits, in double precision and without overflow.
package struct Softmax: Hashable, Sendable {
  /// log Σ exp(x) over all logits x; an infinity or NaN where the logits have one.
  package let logSumExp: Double
  /// The probability of the largest logit.
  package let largestProbability: Double

  /// - Complexity: O(logits).
  package init(_ logits: Span<Float>) {
    var largest = -Double.infinity
    for index in logits.indices { largest = max(largest, Double(logits[index])) }
    guard largest.isFinite else {
      logSumExp = largest
      largestProbability = .nan
      return
    }
    var sum = 0.0
    for index in logits.indices { sum += exp(Double(logits[index]) - largest) }
    logSumExp = largest + log(sum)
    largestProbability = 1 / sum
  }

  /// The probability of a class by its logit.
  package func probability(of logit: Float) -> Double { exp(Double(logit) - logSumExp) }

  /// The cross-entropy in nats of an input whose class has this logit.
  package func loss(of logit: Float) -> Double { logSumExp - Double(logit) }
}
