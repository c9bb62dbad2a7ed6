import ModelDescriptor

/// Chooses the range of a map that is rounded to bytes.
struct RangeChoice {
  let method: Calibration.Method

  /// The share of values beyond each end that ``Calibration/Method/percentile`` leaves out.
  private static let outside = 1e-4

  /// The 256 values that serve the map best; nil where they would lie further apart than a file may say.
  func map(_ statistics: MapStatistics) -> Quantization.Map? {
    let histogram = statistics.histogram
    var (least, greatest): (Double, Double)
    switch method {
    case .meanOfExtremes: (least, greatest) = statistics.meanExtremes
    case .percentile:
      greatest = Side(histogram.positive, width: histogram.width).bound(
        leaving: Self.outside * Double(histogram.count))
      least = -Side(histogram.negative, width: histogram.width).bound(
        leaving: Self.outside * Double(histogram.count))
    case .meanSquaredError: (least, greatest) = Self.closest(to: histogram)
    }
    return Quantization.Map(from: min(0, least), to: max(0, greatest))
  }

  /// The range whose rounded values have the least squared error.
  private static func closest(to histogram: RangeHistogram) -> (least: Double, greatest: Double) {
    let positive = Side(histogram.positive, width: histogram.width)
    let negative = Side(histogram.negative, width: histogram.width)
    let rounded = Double(positive.count + negative.count)
    func error(_ low: Double, _ high: Double) -> Double {
      let step = (low + high) / 255
      return rounded * step * step / 12 + positive.error(above: high) + negative.error(above: low)
    }
    // Shares of the outermost values; both ends together, then each alone.
    let shares = (10...50).map { Double($0) / 50 }
    func best(_ candidates: [(Double, Double)]) -> (Double, Double) {
      candidates.min { error($0.0, $0.1) < error($1.0, $1.1) } ?? (negative.greatest, positive.greatest)
    }
    var (low, high) = best(shares.map { ($0 * negative.greatest, $0 * positive.greatest) })
    (low, high) = best(shares.map { (low, $0 * positive.greatest) } + [(low, high)])
    (low, high) = best(shares.map { ($0 * negative.greatest, high) } + [(low, high)])
    return (-low, high)
  }

  /// The values of one sign, by magnitude.
  private struct Side {
    /// For each bin the number of values in it and above, the sum of their magnitudes and that of their squares.
    private let above: [(count: Double, sum: Double, squares: Double)]
    private let width: Double
    /// The end of the last bin that has values.
    let greatest: Double
    var count: Int { Int(above[0].count) }

    init(_ bins: [Int], width: Double) {
      self.width = width
      var above = Array(repeating: (count: 0.0, sum: 0.0, squares: 0.0), count: bins.count + 1)
      for bin in bins.indices.reversed() {
        let (count, middle) = (Double(bins[bin]), (Double(bin) + 0.5) * width)
        above[bin] = above[bin + 1]
        above[bin].count += count
        above[bin].sum += count * middle
        above[bin].squares += count * middle * middle
      }
      self.above = above
      greatest = Double((bins.lastIndex { $0 > 0 } ?? -1) + 1) * width
    }

    /// The squared error of values beyond an end that they are moved to.
    func error(above end: Double) -> Double {
      let rest = above[min(above.count - 1, Int((end / width).rounded()))]
      return rest.squares - 2 * end * rest.sum + end * end * rest.count
    }

    /// The least magnitude that has at most so many values above it.
    func bound(leaving count: Double) -> Double {
      Double(above.firstIndex { $0.count <= count } ?? above.count - 1) * width
    }
  }
}

extension Quantization.Map {
  /// The map of a range that holds 0, whose values have 0 among them. A range of nothing but 0 has the values of 0…1.
  fileprivate init?(from least: Double, to greatest: Double) {
    let scale = Float(greatest > least ? (greatest - least) / 255 : 1.0 / 255)
    guard scale <= Self.scales.upperBound else { return nil }
    let bounded = max(scale, Self.scales.lowerBound)
    let zero = (-least / Double(bounded)).rounded(.toNearestOrEven)
    self.init(scale: bounded, zeroPoint: UInt8(min(max(zero, 0), 255)))
  }

  /// Scales that a file may have.
  private static let scales: ClosedRange<Float> = 1.0001e-30...0.9999e30
}
