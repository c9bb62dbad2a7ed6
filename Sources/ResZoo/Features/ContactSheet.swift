public import ImageInput
public import TensorCore

/// The feature maps of one image side by side, as a grey image: the first channel at the upper left, row by row.
///
/// Maps that are small are magnified without smoothing, to 64 pixels at most.
public struct ContactSheet: Hashable, Sendable {
  /// The numbers that are drawn black and white.
  public enum Scale: String, Hashable, Sendable, CaseIterable {
    /// The smallest and the largest number of each channel.
    case channel
    /// The smallest and the largest number of all channels.
    case all
  }

  /// [height][width] samples.
  public let pixels: [UInt8]
  /// The number of rows of ``pixels``.
  public let height: Int
  /// The number of columns of ``pixels``.
  public let width: Int
  /// The number of maps beside each other.
  public let columns: Int
  /// The number of maps below each other.
  public let rows: Int

  /// The grey of the lines between maps and of the empty end of the last row.
  private static let lineGrey: UInt8 = 128

  /// Draws the maps. Numbers that are not finite are drawn black.
  ///
  /// - Parameters:
  ///   - maps: float32 of shape [channels, height, width], or [channels] for maps of one pixel.
  ///   - scale: the numbers that are drawn black and white.
  public init(_ maps: Tensor, scale: Scale = .channel) {
    let extents = maps.shape.dimensions
    precondition(
      maps.elementType == .float32 && (extents.count == 3 || extents.count == 1),
      "no feature maps: \(maps.shape)")
    let channels = extents[0]
    let (mapHeight, mapWidth) = extents.count == 3 ? (extents[1], extents[2]) : (1, 1)
    let zoom = max(1, min(8, 64 / max(1, mapHeight, mapWidth)))
    let (cellHeight, cellWidth) = (mapHeight * zoom + 1, mapWidth * zoom + 1)
    var columns = 1
    while columns * columns * cellWidth < channels * cellHeight { columns += 1 }
    self.columns = columns
    rows = (channels + columns - 1) / columns
    width = columns * cellWidth + 1
    height = rows * cellHeight + 1
    var pixels = Array(repeating: Self.lineGrey, count: width * height)
    let values = maps.floats
    let count = mapHeight * mapWidth
    let whole = FiniteRange(values)
    for channel in 0..<channels {
      let map = values.extracting(channel * count..<(channel + 1) * count)
      let range = scale == .all ? whole : FiniteRange(map)
      let corner = (channel / columns * cellHeight + 1) * width + channel % columns * cellWidth + 1
      for row in 0..<mapHeight * zoom {
        for column in 0..<mapWidth * zoom {
          pixels[corner + row * width + column] = range.grey(map[row / zoom * mapWidth + column / zoom])
        }
      }
    }
    self.pixels = pixels
  }

  /// The sheet as a PNG file.
  ///
  /// - Throws: ``ImageError`` when it is larger than such a file may be, or memory is short.
  public func png() throws(ImageError) -> [UInt8] {
    try encodePNG(pixels, width: width, height: height, channels: 1)
  }
}

/// The smallest and the largest finite number of a map.
private struct FiniteRange {
  private var low = Double.infinity
  private var high = -Double.infinity

  init(_ values: Span<Float>) {
    for index in values.indices where values[index].isFinite {
      low = min(low, Double(values[index]))
      high = max(high, Double(values[index]))
    }
  }

  /// Returns black for the smallest number and white for the largest; black where all are equal.
  func grey(_ value: Float) -> UInt8 {
    guard value.isFinite, high > low else { return 0 }
    return UInt8(((Double(value) - low) / (high - low) * 255).rounded())
  }
}
