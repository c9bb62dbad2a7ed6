/// Wilson's score interval of a share (Wilson 1927).
public struct WilsonInterval: Hashable, Sendable {
  /// The ends of the interval, from 0 to 1.
  public let lower: Double
  public let upper: Double

  /// The interval that holds the share with 95 % confidence.
  ///
  /// - Precondition: 0 ≤ `count` ≤ `total`, and there is one at least.
  public init(count: Int, of total: Int) {
    precondition(total > 0 && (0...total).contains(count), "\(count) of \(total)")
    let z = normalQuantile
    let (n, share) = (Double(total), Double(count) / Double(total))
    let center = (share + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
    lower = count == 0 ? 0 : max(0, center - half)
    upper = count == total ? 1 : min(1, center + half)
  }
}
