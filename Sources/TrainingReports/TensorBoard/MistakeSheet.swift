import Charts
import ImageInput

/// Numbered thumbnails in rows of four.
struct MistakeSheet {
  /// The most thumbnails.
  static let limit = 16
  /// The most pixels of the longer side of a thumbnail.
  static let side = 96
  private static let columns = 4
  private static let border = 4
  private static let head = 16

  let pixels: PixelSheet

  /// - Parameter thumbnails: at least one; nil where an image could not be read, which leaves its place grey.
  init(_ thumbnails: [Thumbnail?]) {
    let cell = (width: Self.side + 2 * Self.border, height: Self.side + Self.head + Self.border)
    let columns = min(Self.columns, max(1, thumbnails.count))
    let rows = max(1, (thumbnails.count + columns - 1) / columns)
    var sheet = PixelSheet(width: columns * cell.width, height: rows * cell.height)
    for (index, thumbnail) in thumbnails.enumerated() {
      let x = index % columns * cell.width + Self.border
      let y = index / columns * cell.height
      sheet.write(
        index + 1, middleX: x + Self.side / 2, middleY: y + Self.head / 2, scale: 2,
        PixelSheet.Colour(31, 35, 40))
      guard let thumbnail else {
        sheet.fill(
          x: x, y: y + Self.head, width: Self.side, height: Self.side, PixelSheet.Colour(200, 204, 209))
        continue
      }
      // Images of few pixels, such as CIFAR's, are enlarged by whole factors.
      let factor = max(1, Self.side / max(thumbnail.width, thumbnail.height))
      let (width, height) = (thumbnail.width * factor, thumbnail.height * factor)
      sheet.place(
        Self.enlarged(thumbnail, by: factor), width: width, height: height,
        x: x + (Self.side - width) / 2, y: y + Self.head + (Self.side - height) / 2)
    }
    pixels = sheet
  }

  private static func enlarged(_ thumbnail: Thumbnail, by factor: Int) -> [UInt8] {
    guard factor > 1 else { return thumbnail.pixels }
    var result: [UInt8] = []
    result.reserveCapacity(thumbnail.pixels.count * factor * factor)
    for row in 0..<thumbnail.height * factor {
      for column in 0..<thumbnail.width * factor {
        let source = 3 * (row / factor * thumbnail.width + column / factor)
        result += thumbnail.pixels[source..<source + 3]
      }
    }
    return result
  }
}
