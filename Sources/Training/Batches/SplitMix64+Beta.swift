import Platform
import TensorCore

extension SplitMix64 {
  /// Draws a number from 0 to 1 of the beta distribution whose two parameters are `alpha`, which is positive.
  mutating func nextBeta(_ alpha: Double) -> Double {
    let first = nextGamma(alpha)
    let sum = first + nextGamma(alpha)
    // With a very small parameter both may underflow to 0: the distribution is then close to a coin's.
    return sum > 0 ? first / sum : Double(next(below: 2))
  }

  /// Draws a number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang 2000).
  private mutating func nextGamma(_ shape: Double) -> Double {
    guard shape >= 1 else { return nextGamma(shape + 1) * pow(1 - nextDouble(), 1 / shape) }
    let d = shape - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let normal = nextNormal()
      let root = 1 + c * normal
      guard root > 0 else { continue }
      let cube = root * root * root
      if log(1 - nextDouble()) < normal * normal / 2 + d - d * cube + d * log(cube) { return d * cube }
    }
  }

  /// Draws a number of the standard normal distribution (Box and Muller).
  private mutating func nextNormal() -> Double {
    (-2 * log(1 - nextDouble())).squareRoot() * cos(2 * .pi * nextDouble())
  }
}
