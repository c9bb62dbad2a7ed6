import ResZoo
import TestSupport

/// Images for audits, drawn here: smooth waves, whose place and tone differ from image to image.
enum DrawnImages {
  /// A PNG of waves.
  ///
  /// - Parameters:
  ///   - seed: decides on the waves' direction, length and colours.
  ///   - cut: the columns and rows that are left out at the upper left.
  static func waves(_ seed: UInt64, side: Int = 64, cut: Int = 0, isStriped: Bool = false) throws -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678
    func next() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    for _ in 0..<8 { _ = next() }
    let spots = (0..<14).map { _ in
      (x: next() * 64, y: next() * 64, size: 4 + 9 * next(), tone: 2 * next() - 1)
    }
    let colour = (0..<3).map { _ in 0.6 + 0.4 * next() }
    var pixels: [UInt8] = []
    for row in cut..<side {
      for column in cut..<side {
        var value = 0.0
        for spot in spots {
          let (dx, dy) = ((Double(column) - spot.x) / spot.size, (Double(row) - spot.y) / spot.size)
          value += spot.tone / (1 + (dx * dx + dy * dy) * (dx * dx + dy * dy))
        }
        if isStriped { value = value / 3 + (column / 4 % 2 == 0 ? 0.8 : -0.8) }
        for part in colour { pixels.append(UInt8(max(0, min(255, 120 + 110 * value * part)))) }
      }
    }
    return try encodePNG(pixels, width: side - cut, height: side - cut, channels: 3)
  }
}
