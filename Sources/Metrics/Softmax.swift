import Platform

/// 1 / (1 + exp(-logit)), in double precision and without overflow.
package func sigmoid(of logit: Float) -> Double {
  let small = exp(-Double(logit.magnitude))
  return logit < 0 ? small / (1 + small) : 1 / (1 + small)
}

/// The softmax of one input's logits, in double precision and without overflow.
package struct Softmax: Hashable, Sendable {
  /// log Σ exp(x / temperature) over all logits x; an infinity or NaN where the logits have one.
  package let logSumExp: Double
  /// The probability of the largest logit.
  package let largestProbability: Double

  private let temperature: Double

  /// - Parameter temperature: divides the logits; above 0.
  /// - Complexity: O(logits).
  package init(_ logits: Span<Float>, temperature: Double = 1) {
    self.temperature = temperature
    var largest = -Double.infinity
    for index in logits.indices { largest = max(largest, Double(logits[index]) / temperature) }
    guard largest.isFinite else {
      logSumExp = largest
      largestProbability = .nan
      return
    }
    var sum = 0.0
    for index in logits.indices { sum += exp(Double(logits[index]) / temperature - largest) }
    logSumExp = largest + log(sum)
    largestProbability = 1 / sum
  }

  /// The probability of a class by its logit.
  package func probability(of logit: Float) -> Double { exp(Double(logit) / temperature - logSumExp) }

  /// The cross-entropy in nats of an input whose class has this logit.
  package func loss(of logit: Float) -> Double { logSumExp - Double(logit) / temperature }
}
