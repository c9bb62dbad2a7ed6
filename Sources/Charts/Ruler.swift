import Platform

/// An axis laid over data: where it begins and ends, and which numbers are marked.
struct Ruler {
  struct Tick {
    var value: Double
    var label: String
  }

  private(set) var lower: Double
  private(set) var upper: Double
  private(set) var ticks: [Tick] = []
  private let scale: Axis.Scale

  /// The largest magnitude that is drawn.
  static let magnitudeLimit = 1e100

  /// Returns true if a number can be drawn on an axis.
  static func isDrawable(_ value: Double, scale: Axis.Scale) -> Bool {
    value.magnitude <= magnitudeLimit && (scale == .linear || value >= 1 / magnitudeLimit)
  }

  /// - Parameters:
  ///   - values: the drawable ones.
  ///   - isTight: whether the axis ends with the data, rather than with a marked number.
  ///   - tickCount: about how many numbers are marked.
  init(_ axis: Axis, values: some Sequence<Double>, isTight: Bool, tickCount: Int) {
    scale = axis.scale
    let limits = axis.range.map { [$0.lowerBound, $0.upperBound] } ?? []
    let drawable = (limits.isEmpty ? Array(values) : limits).filter { Self.isDrawable($0, scale: axis.scale) }
    lower = drawable.min() ?? (axis.scale == .linear ? 0 : 0.1)
    upper = drawable.max() ?? 1
    switch axis.scale {
    case .linear: layOutLinear(axis, isTight: isTight || !limits.isEmpty, tickCount: tickCount)
    case .logarithmic: layOutLogarithmic(isTight: isTight || !limits.isEmpty, tickCount: tickCount)
    }
  }

  /// Where a value lies: 0 at the beginning, 1 at the end.
  func fraction(of value: Double) -> Double {
    switch scale {
    case .linear: (value - lower) / (upper - lower)
    case .logarithmic: log10(value / lower) / log10(upper / lower)
    }
  }

  private mutating func layOutLinear(_ axis: Axis, isTight: Bool, tickCount: Int) {
    if axis.includesZero { (lower, upper) = (min(lower, 0), max(upper, 0)) }
    // Numbers that differ only in their last digits are one value; this also bounds the quotients below.
    let magnitude = max(lower.magnitude, upper.magnitude)
    if upper - lower <= max(magnitude * 1e-9, 1 / Self.magnitudeLimit) {
      let margin = axis.numbers == .whole || magnitude < 1e-90 ? 1 : magnitude * 0.1
      (lower, upper) = (lower - margin, upper + margin)
    }
    let unit = axis.numbers == .percent ? 0.01 : 1.0
    var step = Self.niceStep((upper - lower) / unit / Double(tickCount)) * unit
    if axis.numbers == .whole { step = max(1, step) }
    let slack = step * 1e-6
    let first = ((lower + slack) / step).rounded(.down)
    let last = ((upper - slack) / step).rounded(.up)
    if !isTight { (lower, upper) = (first * step, last * step) }
    let decimals = max(0, Int((-log10(step / unit) - 1e-9).rounded(.up)))
    for index in Int(first)...Int(last) {
      let value = Double(index) * step
      guard value >= lower - slack, value <= upper + slack else { continue }
      ticks.append(Tick(value: value, label: Self.label(value / unit, decimals: decimals, axis.numbers)))
    }
  }

  private static func label(_ value: Double, decimals: Int, _ numbers: Axis.Numbers) -> String {
    let text =
      decimals > 4 || value.magnitude >= 1e7
      ? NumberText.short(value) : NumberText.fixed(value, decimals: decimals)
    return numbers == .percent ? text + " %" : text
  }

  private mutating func layOutLogarithmic(isTight: Bool, tickCount: Int) {
    if upper / lower < 1.001 { (lower, upper) = (lower / 2, upper * 2) }
    let decades = Int(floor(log10(lower) + 1e-9))...Int(ceil(log10(upper) - 1e-9))
    // One, two and five of each decade where there is room, else decades with equal gaps.
    let factors: [Double] = decades.count <= tickCount / 2 + 1 ? [1, 2, 5] : [1]
    let gap = factors.count == 3 ? 1 : max(1, decades.count / (tickCount + 1))
    let marks = decades.flatMap { decade in factors.map { $0 * pow(10, Double(decade)) } }
    if !isTight {
      lower = marks.last { $0 <= lower * 1.000001 } ?? lower
      upper = marks.first { $0 >= upper * 0.999999 } ?? upper
    }
    for (index, value) in marks.enumerated() where index / factors.count % gap == 0 {
      guard value >= lower * 0.999999, value <= upper * 1.000001 else { continue }
      ticks.append(Tick(value: value, label: NumberText.short(value)))
    }
  }

  /// The smallest of 1, 2 and 5 times a power of ten that is not below `rough`.
  private static func niceStep(_ rough: Double) -> Double {
    let base = pow(10, floor(log10(rough)))
    let factor = [1.0, 2, 5].first { rough <= $0 * base * 1.000001 } ?? 10
    return factor * base
  }
}
