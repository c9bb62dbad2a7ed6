import Platform

/// Two hashes that change little when an image is scaled, compressed or lightly cropped, with the same bits as the Python package
/// `imagehash` gives (`phash` and `dhash` with their defaults).
public struct PerceptualHash: Hashable, Sendable {
  /// pHash (Zauner 2010, "Implementation and benchmarking of perceptual image hash functions"): the 8 by 8 lowest frequencies of the
  /// cosine transform of 32 by 32 pixels, each a bit that is set above their median; the first bit is the highest.
  public var frequencies: UInt64
  /// dHash: whether each of 8 by 8 pixels is darker than its right neighbour, of 9 by 8 pixels; the first bit is the highest.
  public var differences: UInt64

  /// Hashes of their bits.
  public init(frequencies: UInt64, differences: UInt64) {
    self.frequencies = frequencies
    self.differences = differences
  }

  /// The number of bits in which the hashes of frequencies differ, of 64.
  public func distance(to other: PerceptualHash) -> Int {
    (frequencies ^ other.frequencies).nonzeroBitCount
  }

  /// The number of bits in which the hashes of differences differ, of 64.
  public func differenceDistance(to other: PerceptualHash) -> Int {
    (differences ^ other.differences).nonzeroBitCount
  }

  /// The hashes of luminance reduced by Lanczos' filter.
  ///
  /// - Parameters:
  ///   - square: 32 by 32 pixels, row by row.
  ///   - wide: 8 rows of 9 pixels.
  /// - Precondition: there are as many.
  init(square: [UInt8], wide: [UInt8]) {
    precondition(square.count == 1024 && wide.count == 72, "\(square.count) and \(wide.count) pixels")
    frequencies = Self.bits(Self.lowFrequencies(of: square))
    var bits: UInt64 = 0
    for row in 0..<8 {
      for column in 0..<8 {
        bits = bits << 1 | (wide[9 * row + column + 1] > wide[9 * row + column] ? 1 : 0)
      }
    }
    differences = bits
  }

  /// cos(π (2x + 1) u / 64) of the lowest 8 frequencies u and 32 places x.
  private static let cosines: [Double] = (0..<8).flatMap { u in
    (0..<32).map { x in cos(Double.pi * Double((2 * x + 1) * u) / 64) }
  }

  /// The 8 by 8 lowest frequencies of the cosine transform of type II, without scaling factors, which no comparison with a median of the
  /// same numbers needs.
  private static func lowFrequencies(of square: [UInt8]) -> [Double] {
    var rows = [Double](repeating: 0, count: 32 * 8)
    for y in 0..<32 {
      for u in 0..<8 {
        var sum = 0.0
        for x in 0..<32 { sum += Double(square[32 * y + x]) * cosines[32 * u + x] }
        rows[8 * y + u] = sum
      }
    }
    var low = [Double](repeating: 0, count: 64)
    for v in 0..<8 {
      for u in 0..<8 {
        var sum = 0.0
        for y in 0..<32 { sum += rows[8 * y + u] * cosines[32 * v + y] }
        low[8 * v + u] = sum
      }
    }
    return low
  }

  private static func bits(_ values: [Double]) -> UInt64 {
    let sorted = values.sorted()
    let median = (sorted[31] + sorted[32]) / 2
    return values.reduce(0) { $0 << 1 | ($1 > median ? 1 : 0) }
  }
}
