import Platform

/// Images whose confidence, the probability of their likeliest class, lies in one interval.
public struct ReliabilityBin: Hashable, Sendable, Codable {
  /// The interval: above `lower`, up to `upper`.
  public var lower: Double
  public var upper: Double
  /// The number of images.
  public var images: Int
  /// Their mean confidence; nil without images.
  public var confidence: Double?
  /// The share of them that are answered rightly; nil without images.
  public var accuracy: Double?
}

/// Sums over images whose confidences are near each other.
struct ConfidenceSum {
  var images = 0
  var confidence = 0.0
  var right = 0

  mutating func add(_ confidence: Double, isRight: Bool, times: Int = 1) {
    images += times
    self.confidence += confidence * Double(times)
    if isRight { right += times }
  }

  /// |Σ right − Σ confidence|: the number of images times |accuracy − mean confidence|.
  var gap: Double { (Double(right) - confidence).magnitude }
}

/// How far confidences are from the share of right answers, by bins of confidence.
struct CalibrationError {
  /// Expected calibration error: the mean of |accuracy − confidence| over bins, by their images (Naeini 2015, Guo 2017).
  private(set) var expected = 0.0
  /// The largest |accuracy − confidence| of a bin.
  private(set) var maximum = 0.0
  /// The root of the mean of the squares of |accuracy − confidence|, by the bins' images.
  private(set) var rootMeanSquare = 0.0

  init(_ bins: [ConfidenceSum]) {
    let images = Double(bins.reduce(0) { $0 + $1.images })
    for bin in bins where bin.images > 0 {
      let gap = bin.gap / Double(bin.images)
      expected += bin.gap / images
      maximum = max(maximum, gap)
      rootMeanSquare += gap * gap * Double(bin.images) / images
    }
    rootMeanSquare.formSquareRoot()
  }

  /// The bin of a confidence among intervals of equal width: above its lower end, up to its upper end.
  static func bin(of confidence: Double, among count: Int) -> Int {
    var bin = min(count - 1, max(0, Int((confidence * Double(count)).rounded(.up)) - 1))
    if bin > 0, confidence <= Double(bin) / Double(count) { bin -= 1 }
    if bin + 1 < count, confidence > Double(bin + 1) / Double(count) { bin += 1 }
    return bin
  }
}

extension ConfidenceTable {
  /// Bins of equal width.
  func bins(_ count: Int) -> [ConfidenceSum] {
    var bins = Array(repeating: ConfidenceSum(), count: count)
    for image in confidences.indices {
      bins[CalibrationError.bin(of: confidences[image], among: count)]
        .add(confidences[image], isRight: areRight[image])
    }
    return bins
  }

  /// The bins of a reliability diagram.
  package func reliability(bins count: Int) -> [ReliabilityBin] {
    bins(count).enumerated().map { index, sum in
      let images = Double(sum.images)
      return ReliabilityBin(
        lower: Double(index) / Double(count), upper: Double(index + 1) / Double(count), images: sum.images,
        confidence: sum.images > 0 ? sum.confidence / images : nil,
        accuracy: sum.images > 0 ? Double(sum.right) / images : nil)
    }
  }
}
