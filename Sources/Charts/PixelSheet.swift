/// An RGB image on which rectangles, digits and smaller images are placed: for those who cannot show SVG.
package struct PixelSheet: Hashable, Sendable {
  /// A colour, 8 bits a sample.
  package struct Colour: Hashable, Sendable {
    package var red: UInt8
    package var green: UInt8
    package var blue: UInt8

    package init(_ red: UInt8, _ green: UInt8, _ blue: UInt8) {
      (self.red, self.green, self.blue) = (red, green, blue)
    }

    /// This colour over another one.
    ///
    /// - Parameter strength: 0 to 1.
    func over(_ other: Colour, strength: Double) -> Colour {
      func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
        UInt8((Double(b) + (Double(a) - Double(b)) * min(1, max(0, strength))).rounded())
      }
      return Colour(mix(red, other.red), mix(green, other.green), mix(blue, other.blue))
    }
  }

  package let width: Int
  package let height: Int
  /// [height][width][3] samples.
  package private(set) var pixels: [UInt8]

  /// A sheet of one colour.
  package init(width: Int, height: Int, paper: Colour = Colour(255, 255, 255)) {
    precondition(width > 0 && height > 0, "a sheet of \(width)×\(height) pixels")
    self.width = width
    self.height = height
    pixels = []
    pixels.reserveCapacity(3 * width * height)
    for _ in 0..<width * height { pixels += [paper.red, paper.green, paper.blue] }
  }

  /// Fills what of a rectangle lies on the sheet.
  package mutating func fill(x: Int, y: Int, width: Int, height: Int, _ colour: Colour) {
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) {
        let place = 3 * (row * self.width + column)
        (pixels[place], pixels[place + 1], pixels[place + 2]) = (colour.red, colour.green, colour.blue)
      }
    }
  }

  /// Copies what of an image fits on the sheet.
  ///
  /// - Parameter image: [height][width][3] samples.
  package mutating func place(_ image: [UInt8], width: Int, height: Int, x: Int, y: Int) {
    precondition(image.count == 3 * width * height, "\(image.count) samples for \(width)×\(height)")
    precondition(x >= 0 && y >= 0, "an image placed at \(x), \(y)")
    let kept = max(0, min(width, self.width - x))
    for row in 0..<max(0, min(height, self.height - y)) {
      let target = 3 * ((y + row) * self.width + x)
      let source = 3 * row * width
      for offset in 0..<3 * kept { pixels[target + offset] = image[source + offset] }
    }
  }

  /// Writes a number around a place.
  ///
  /// - Parameter scale: pixels of a dot; a digit has 3×5 dots, and one more stands between two.
  package mutating func write(_ number: Int, middleX: Int, middleY: Int, scale: Int, _ colour: Colour) {
    let digits = String(number.magnitude).compactMap(\.wholeNumberValue)
    var x = middleX - Self.width(of: number, scale: scale) / 2
    let y = middleY - 5 * scale / 2
    for digit in digits {
      for (row, bits) in Self.glyphs[digit].enumerated() {
        for column in 0..<3 where bits >> (2 - column) & 1 == 1 {
          fill(x: x + column * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
      x += 4 * scale
    }
  }

  /// Pixels of the width of a written number.
  package static func width(of number: Int, scale: Int) -> Int {
    (4 * String(number.magnitude).count - 1) * scale
  }

  /// Digits of 3×5 dots: five rows of three bits each.
  private static let glyphs: [[UInt8]] = [
    [0b111, 0b101, 0b101, 0b101, 0b111], [0b010, 0b110, 0b010, 0b010, 0b111],
    [0b111, 0b001, 0b111, 0b100, 0b111], [0b111, 0b001, 0b111, 0b001, 0b111],
    [0b101, 0b101, 0b111, 0b001, 0b001], [0b111, 0b100, 0b111, 0b001, 0b111],
    [0b111, 0b100, 0b111, 0b101, 0b111], [0b111, 0b001, 0b010, 0b010, 0b010],
    [0b111, 0b101, 0b111, 0b101, 0b111], [0b111, 0b101, 0b111, 0b001, 0b111],
  ]
}
