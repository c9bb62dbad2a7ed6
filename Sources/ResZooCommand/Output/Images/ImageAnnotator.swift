import Charts
import Files
import ResZoo

/// Writes images with their classes below them, as PNG files.
struct ImageAnnotator {
  private let folder: String
  private var free = FreeNames()

  /// The most pixels of the longer side of an image.
  static let side = 1280
  /// The least width of an image: smaller ones are enlarged, so that words fit.
  private static let leastWidth = 240
  /// The most height of an enlarged image.
  private static let heightLimit = 4 * side
  /// The most classes that are written.
  private static let lineLimit = 3

  /// - Parameter inputs: the images that will be drawn.
  /// - Throws: ``Failure`` when the folder cannot be made, or some image lies in it.
  init(into folder: String, inputs: [ImageSource]) throws(Failure) {
    self.folder = folder
    try reporting(output: folder) { try makeFolders(folder) }
    try requireOutside(folder, inputs, purpose: "into which images are drawn")
  }

  /// Writes an image with its classes.
  ///
  /// - Parameters:
  ///   - classes: the classes to write, the likeliest first.
  ///   - otherwise: the text where there is no class.
  /// - Throws: ``Failure`` when it cannot be written, ``ImageError`` when the image cannot be read any more.
  mutating func add(_ source: ImageSource, _ classes: [Prediction], otherwise: String) throws {
    let lines = classes.prefix(Self.lineLimit).map { prediction in
      let name = PixelSheet.canWrite(prediction.name) ? prediction.name : "class \(prediction.index)"
      return "\((100 * prediction.probability).text(decimals: 1))% \(name)"
    }
    let png = try Self.draw(source.thumbnail(side: Self.side), lines.isEmpty ? [otherwise] : lines)
    let name = source.path.lastPathPart
    let dot = name.lastIndex(of: ".").flatMap { $0 == name.startIndex ? nil : $0 } ?? name.endIndex
    do throws(FileError) {
      try free.place((name == "-" ? "image" : name[..<dot]) + ".png", in: folder, holding: png)
    } catch {
      throw Failure(error, output: error.path)
    }
  }

  private static func draw(_ image: Thumbnail, _ lines: [String]) throws(ImageError) -> [UInt8] {
    // Enlarged for words to fit, but not so that a high image becomes a sheet that no PNG holds.
    let factor = max(1, min((leastWidth + image.width - 1) / image.width, heightLimit / image.height))
    let (width, height) = (image.width * factor, image.height * factor)
    let scale = width < 640 ? 2 : width < 1000 ? 3 : 4
    let (margin, lineHeight) = (4 * scale, PixelSheet.textHeight(scale: scale) + 2 * scale)
    var sheet = PixelSheet(
      width: width, height: height + 2 * margin + lines.count * lineHeight,
      paper: PixelSheet.Colour(31, 35, 40))
    sheet.place(enlarged(image, by: factor), width: width, height: height, x: 0, y: 0)
    let letters = PixelSheet.letterCount(in: width - 2 * margin, scale: scale)
    for (index, line) in lines.enumerated() {
      let text = line.count <= letters ? line : line.prefix(max(0, letters - 3)) + "..."
      sheet.write(
        text, x: margin, y: height + margin + index * lineHeight, scale: scale,
        PixelSheet.Colour(255, 255, 255))
    }
    return try encodePNG(sheet.pixels, width: sheet.width, height: sheet.height, channels: 3)
  }

  /// Each pixel of an image as a square of them.
  private static func enlarged(_ image: Thumbnail, by factor: Int) -> [UInt8] {
    guard factor > 1 else { return image.pixels }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(image.pixels.count * factor * factor)
    for row in 0..<image.height {
      let line = (0..<image.width).flatMap { column -> [UInt8] in
        let place = 3 * (row * image.width + column)
        return Array(repeating: image.pixels[place..<place + 3], count: factor).flatMap(\.self)
      }
      for _ in 0..<factor { pixels += line }
    }
    return pixels
  }
}
