import Platform

/// Probabilities of numbers of successes.
package enum BinomialTail {
  /// The probability of at least `count` successes in `total` tries.
  ///
  /// - Parameter probability: of a success, from 0 to 1.
  /// - Complexity: O(√total).
  package static func atLeast(_ count: Int, of total: Int, probability: Double) -> Double {
    precondition((0...total).contains(count), "\(count) of \(total)")
    guard count > 0 else { return 1 }
    return regularizedBeta(probability, Double(count), Double(total - count + 1))
  }

  /// The bound that the probability of a success exceeds with confidence 1 − `risk` (Clopper & Pearson 1934).
  package static func lowerBound(_ count: Int, of total: Int, risk: Double) -> Double {
    guard count > 0 else { return 0 }
    var (low, high) = (0.0, 1.0)
    // 1,100 halvings would reach the smallest number there is; these reach the last digit of any but tiny bounds.
    for _ in 0..<100 {
      let middle = (low + high) / 2
      if atLeast(count, of: total, probability: middle) <= risk { low = middle } else { high = middle }
    }
    return low
  }

  /// The regularized incomplete beta function Iₓ(a, b), by its continued fraction (Lentz's method; DLMF 8.17.22).
  static func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    guard x > 0 else { return 0 }
    guard x < 1 else { return 1 }
    // The fraction converges fast on one side of the mean; the other follows by symmetry.
    guard x <= (a + 1) / (a + b + 2) else { return 1 - regularizedBeta(1 - x, b, a) }
    let front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) + a * log(x) + b * log1p(-x)) / a
    let tiny = 1e-300
    var (c, d) = (1.0, 1 - (a + b) * x / (a + 1))
    d = 1 / (d.magnitude < tiny ? tiny : d)
    var fraction = d
    for step in 1...10_000 {
      let m = Double(step)
      for numerator in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 + numerator * d
        d = 1 / (d.magnitude < tiny ? tiny : d)
        c = 1 + numerator / c
        if c.magnitude < tiny { c = tiny }
        fraction *= c * d
      }
      if (c * d - 1).magnitude < 1e-15 { break }
    }
    return front * fraction
  }
}
