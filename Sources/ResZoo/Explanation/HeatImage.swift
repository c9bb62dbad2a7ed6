import Charts
public import ImageInput

/// An image as a network saw it, and beside it the same image under the colours of a map.
///
/// Numbers of the map below 0 count as 0, the largest one has the last colour. Between the map's places colours change evenly: the map is magnified
/// linearly, its pixels' centres on those of the image's areas. Small images are magnified without smoothing.
public struct HeatImage: Hashable, Sendable {
  /// [height][width][3] samples.
  public let pixels: [UInt8]
  /// Rows of ``pixels``.
  public let height: Int
  /// Columns of ``pixels``.
  public let width: Int

  /// The least pixels of the shorter side of each half.
  private static let leastSide = 224
  /// The most pixels of the longer side of a half that is magnified.
  private static let mostSide = 2048
  /// Pixels between the halves, in a grey that is seen on light and dark pages.
  private static let gap = 8
  private static let gapColour = PixelSheet.Colour(128, 128, 128)
  /// The share of the colours in the mixture with the image.
  private static let strength = 0.5

  /// Draws an explanation over its image.
  ///
  /// - Parameters:
  ///   - explanation: a map, of any size.
  ///   - image: the image that it is about.
  ///   - colours: the colours from no evidence to the most.
  ///   - besideImage: true to draw the image without colours at the left.
  public init(
    _ explanation: Explanation, over image: PreparedImage, colours: HeatColours = .viridis,
    besideImage: Bool = true
  ) {
    let (shorter, longer) = (min(image.height, image.width), max(image.height, image.width))
    let zoom = max(1, min((Self.leastSide + shorter - 1) / shorter, Self.mostSide / longer))
    let (imageHeight, imageWidth) = (image.height * zoom, image.width * zoom)
    let original = Self.enlarged(image, by: zoom)
    let x = besideImage ? imageWidth + Self.gap : 0
    var sheet = PixelSheet(width: x + imageWidth, height: imageHeight, paper: Self.gapColour)
    sheet.place(original, width: imageWidth, height: imageHeight, x: 0, y: 0)
    if explanation.hasEvidence {
      let heat = Self.heat(explanation, height: imageHeight, width: imageWidth)
      var mixed = original
      for (place, number) in heat.enumerated() {
        let colour = colours.colour(number)
        for (channel, sample) in [colour.red, colour.green, colour.blue].enumerated() {
          let index = 3 * place + channel
          let mixture = Self.strength * sample + (1 - Self.strength) * Double(original[index])
          mixed[index] = UInt8(min(255, max(0, mixture.rounded())))
        }
      }
      sheet.place(mixed, width: imageWidth, height: imageHeight, x: x, y: 0)
    } else {
      let pale = original.map { 128 + $0 / 2 }
      sheet.place(pale, width: imageWidth, height: imageHeight, x: x, y: 0)
      let height = PixelSheet.textHeight(scale: 2)
      sheet.fill(
        x: x, y: 0, width: imageWidth, height: height + 12, PixelSheet.Colour(31, 35, 40))
      sheet.write("no evidence", x: x + 6, y: 6, scale: 2, PixelSheet.Colour(255, 255, 255))
    }
    (pixels, height, width) = (sheet.pixels, sheet.height, sheet.width)
  }

  /// The image as a PNG file.
  ///
  /// - Throws: ``ImageError`` when it is larger than such a file may be, or memory is short.
  public func png() throws(ImageError) -> [UInt8] {
    try encodePNG(pixels, width: width, height: height, channels: 3)
  }

  /// A strip of all colours, from no evidence at the left to the most at the right, as a PNG file.
  package static func scale(of colours: HeatColours) throws(ImageError) -> [UInt8] {
    let (width, height) = (256, 16)
    var pixels: [UInt8] = []
    for _ in 0..<height {
      for column in 0..<width {
        let colour = colours.colour(Double(column) / Double(width - 1))
        pixels += [colour.red, colour.green, colour.blue].map { UInt8($0.rounded()) }
      }
    }
    return try encodePNG(pixels, width: width, height: height, channels: 3)
  }

  /// A map's numbers from 0 to 1 at each pixel of a larger image.
  private static func heat(_ explanation: Explanation, height: Int, width: Int) -> [Double] {
    let values = explanation.map.floats
    let scale = Double(explanation.maximum)
    let rows = (0..<height).map { Tap($0, of: height, source: explanation.height) }
    let columns = (0..<width).map { Tap($0, of: width, source: explanation.width) }
    func number(_ row: Int, _ column: Int) -> Double {
      max(0, Double(values[row * explanation.width + column])) / scale
    }
    return rows.flatMap { row in
      columns.map { column in
        let upper =
          number(row.low, column.low) * (1 - column.share) + number(row.low, column.high) * column.share
        let lower =
          number(row.high, column.low) * (1 - column.share) + number(row.high, column.high) * column.share
        return upper * (1 - row.share) + lower * row.share
      }
    }
  }

  /// The two places of a line of numbers between which a pixel of a longer line lies.
  private struct Tap {
    let low: Int
    let high: Int
    let share: Double

    init(_ pixel: Int, of count: Int, source: Int) {
      let place = (Double(pixel) + 0.5) * Double(source) / Double(count) - 0.5
      let clamped = min(Double(source - 1), max(0, place))
      low = Int(clamped)
      high = min(source - 1, low + 1)
      share = clamped - Double(low)
    }
  }

  /// Each pixel of an image as a square of them, in three channels.
  private static func enlarged(_ image: PreparedImage, by zoom: Int) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * image.height * image.width * zoom * zoom)
    for row in 0..<image.height * zoom {
      for column in 0..<image.width * zoom {
        let place = (row / zoom * image.width + column / zoom) * image.channels
        for channel in 0..<3 { pixels.append(image.pixels[place + min(channel, image.channels - 1)]) }
      }
    }
    return pixels
  }
}
