extension PixelSheet {
  /// Writes a line of text.
  ///
  /// - Parameters:
  ///   - x: the left edge of the first letter.
  ///   - y: the top of the letters.
  ///   - scale: pixels of a dot.
  /// - Returns: false if nothing was written, as the text has letters that are not ASCII or cannot be seen.
  @discardableResult
  package mutating func write(_ text: String, x: Int, y: Int, scale: Int, _ colour: Colour) -> Bool {
    let letters = text.unicodeScalars.compactMap(BitmapFont.rows)
    guard letters.count == text.unicodeScalars.count else { return false }
    for (index, rows) in letters.enumerated() {
      let left = x + index * Self.advance * scale
      for (row, bits) in rows.enumerated() {
        for column in 0..<BitmapFont.width where bits >> (BitmapFont.width - 1 - column) & 1 == 1 {
          fill(x: left + column * scale, y: y + row * scale, width: scale, height: scale, colour)
        }
      }
    }
    return true
  }

  /// True if the text has only letters that can be written.
  package static func canWrite(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { BitmapFont.rows(of: $0) != nil }
  }

  /// The letters that fit into a width in pixels.
  package static func letterCount(in width: Int, scale: Int) -> Int { width / (advance * scale) }

  /// Pixels of the height of a line of text.
  package static func textHeight(scale: Int) -> Int { BitmapFont.height * scale }

  /// Dots from one letter to the next.
  private static let advance = BitmapFont.width + 1
}
