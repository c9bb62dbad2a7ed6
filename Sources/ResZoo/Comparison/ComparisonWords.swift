import Charts

extension ComparisonRecord {
  /// The letters that stand for the networks: A, B, …; numbers after Z.
  package static func letter(_ index: Int) -> String {
    index < 26 ? String(UnicodeScalar(UInt8(ascii: "A") + UInt8(index))) : "\(index + 1)"
  }

  /// A sentence on which of two networks is better, as far as the images say.
  ///
  /// - Parameter pair: one of ``pairs``.
  package func verdict(_ pair: PairRecord) -> String {
    let (a, b) = (Self.letter(pair.pair[0]), Self.letter(pair.pair[1]))
    let points = NumberText.fixed(100 * pair.difference.magnitude, decimals: 2)
    let p = NumberText.short(pair.holmP)
    if pair.holmP < 0.05 {
      let (better, worse) = pair.difference > 0 ? (b, a) : (a, b)
      return
        "\(better) is better than \(worse) by \(points) points; such flips between equals have a probability of \(p)."
    }
    let least = NumberText.fixed(100 * pair.detectableDifference, decimals: 2)
    let seen =
      pair.difference == 0
      ? "\(a) and \(b) are right equally often"
      : "\(pair.difference > 0 ? b : a) is right in \(points) points more than \(pair.difference > 0 ? a : b), which may be chance (p = \(p))"
    // The interval is an approximation, which few flips make too narrow.
    let interval = pair.differenceInterval
    let excludes = interval.count == 2 && (interval[0] > 0 || interval[1] < 0)
    return "\(seen). With so many images a difference of about \(least) points or more would be seen."
      + (excludes
        ? " The interval leaves out 0, but it is an approximation; the test is exact and counts all pairs."
        : "")
  }
}
