/// How often a map has values of each magnitude, in bounded memory: bins of equal width for each sign, which grow in powers
/// of two with the values. The result does not depend on the order in which values come.
struct RangeHistogram: Sendable {
  static let binCount = 2048

  /// Values of the bins of each magnitude, from 0 on, 0 itself left out.
  private(set) var positive: [Int] = Array(repeating: 0, count: Self.binCount)
  private(set) var negative: [Int] = Array(repeating: 0, count: Self.binCount)
  private(set) var count = 0
  /// The binary exponent of the bins' width.
  private var exponent = -126

  /// The width of a bin.
  var width: Double { Double(sign: .plus, exponent: exponent, significand: 1) }

  /// Counts values.
  ///
  /// - Returns: the least and the largest of them, or nil where one is no number or infinite; then none are counted.
  mutating func add(_ values: Span<Float>) -> (least: Float, greatest: Float)? {
    var (least, greatest) = (Float.infinity, -Float.infinity)
    for index in values.indices {
      guard values[index].isFinite else { return nil }
      least = min(least, values[index])
      greatest = max(greatest, values[index])
    }
    guard least <= greatest else { return nil }
    widen(toHold: Double(max(abs(least), abs(greatest))))
    let inverse = Float(1 / width)
    for index in values.indices {
      let value = values[index]
      if value > 0 { positive[min(Self.binCount - 1, Int(value * inverse))] += 1 }
      if value < 0 { negative[min(Self.binCount - 1, Int(-value * inverse))] += 1 }
    }
    count += values.count
    return (least, greatest)
  }

  /// Takes in the values of another.
  mutating func add(_ other: RangeHistogram) {
    var other = other
    while other.exponent < exponent { other.halve() }
    while exponent < other.exponent { halve() }
    for bin in 0..<Self.binCount {
      positive[bin] += other.positive[bin]
      negative[bin] += other.negative[bin]
    }
    count += other.count
  }

  private mutating func widen(toHold magnitude: Double) {
    while magnitude >= width * Double(Self.binCount) { halve() }
  }

  /// Joins neighbouring bins.
  private mutating func halve() {
    func halved(_ bins: [Int]) -> [Int] {
      (0..<Self.binCount).map { $0 < Self.binCount / 2 ? bins[2 * $0] + bins[2 * $0 + 1] : 0 }
    }
    if count > 0 {
      positive = halved(positive)
      negative = halved(negative)
    }
    exponent += 1
  }
}
