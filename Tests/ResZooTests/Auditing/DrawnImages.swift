import ResZoo
import TestSupport

/// Images for audits, drawn here: spots and grain, and stripes where they are asked for, which differ from image to image.
enum DrawnImages {
  /// A PNG of spots.
  ///
  /// - Parameters:
  ///   - seed: decides on their places, sizes and tones.
  ///   - cut: the columns and rows that are left out at the upper left.
  ///   - isStriped: true for upright stripes over it.
  static func waves(_ seed: UInt64, side: Int = 64, cut: Int = 0, isStriped: Bool = false) throws -> [UInt8] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 0x1234_5678
    func next() -> Double {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      return Double(state >> 11) * 0x1p-53
    }
    for _ in 0..<8 { _ = next() }
    let spots = (0..<30).map { _ in
      (x: next() * 64, y: next() * 64, size: 3 + 6 * next(), tone: 2 * next() - 1)
    }
    let colour = (0..<3).map { _ in 0.6 + 0.4 * next() }
    let period = 4 + Int(3 * next())
    var pixels: [UInt8] = []
    for row in cut..<side {
      for column in cut..<side {
        // Grain, the same at a place whatever is cut off.
        let place = UInt64(row * side + column) &* 0xD1B5_4A32_D192_ED03 ^ (seed &* 0x2545_F491_4F6C_DD1D)
        var value = Double(place >> 40 & 0xFF) / 255 * 0.5 - 0.25
        for spot in spots {
          let (dx, dy) = ((Double(column) - spot.x) / spot.size, (Double(row) - spot.y) / spot.size)
          value += spot.tone / (1 + (dx * dx + dy * dy) * (dx * dx + dy * dy))
        }
        if isStriped { value += column / period % 2 == 0 ? 0.35 : -0.35 }
        for part in colour { pixels.append(UInt8(max(0, min(255, 120 + 80 * value * part)))) }
      }
    }
    return try encodePNG(pixels, width: side - cut, height: side - cut, channels: 3)
  }
}
