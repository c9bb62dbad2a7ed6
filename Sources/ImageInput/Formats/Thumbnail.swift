import ModelDescriptor

/// A small RGB copy of an image, upright, with the image's proportions.
package struct Thumbnail: Hashable, Sendable {
  /// Columns.
  package let width: Int
  /// Rows.
  package let height: Int
  /// [height][width][3] samples.
  package let pixels: [UInt8]

  /// Makes one of the image in a file.
  ///
  /// - Parameter side: most pixels of the longer side; smaller images keep their size.
  /// - Throws: ``ImageError``; its `path` is set.
  package init(atPath path: String, side: Int) throws(ImageError) {
    do {
      var file = ByteBuffer()
      let count = try readImageFile(atPath: path, into: &file)
      try self.init(file.prefix(count), side: side)
    } catch {
      throw error.at(path)
    }
  }

  /// Makes one of the image in the bytes of a file.
  ///
  /// - Throws: ``ImageError`` with a code about bytes rather than files.
  package init(_ bytes: Span<UInt8>, side: Int) throws(ImageError) {
    var decoder = UprightDecoder(.imageNet)
    var resampler = Resampler()
    var small = ByteBuffer()
    // The image lies in the decoder's memory.
    defer { decoder.trim() }
    let image = try unsafe decoder.decode(bytes)
    let raster = unsafe image.raster
    let scale = min(1, Double(max(1, side)) / Double(max(raster.width, raster.height)))
    let width = max(1, Int((Double(raster.width) * scale).rounded()))
    let height = max(1, Int((Double(raster.height) * scale).rounded()))
    let count = width * height * raster.channels
    let target = try unsafe small.reserve(count)
    try unsafe resampler.resize(
      image.pixels, raster, to: (width, height), region: PixelRegion(columns: 0..<width, rows: 0..<height),
      interpolation: .bilinear, into: target)
    self.init(
      width: width, height: height, pixels: rgbPixels(small.prefix(count), channels: raster.channels))
  }

  /// An image that is small already.
  ///
  /// - Parameter pixels: [height][width][3] samples.
  /// - Precondition: there are as many.
  package init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      pixels.count == 3 * width * height, "\(pixels.count) samples for \(width)×\(height) RGB pixels")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// The thumbnail as a PNG file.
  package func png() throws(ImageError) -> [UInt8] {
    try encodePNG(pixels, width: width, height: height, channels: 3)
  }
}
