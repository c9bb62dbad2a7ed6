import CImageCodecs
import ModelDescriptor

/// Decodes images one after another and measures them, in memory that grows to the largest and is used again. One thread at a time
/// may use it.
package final class ImageMeter {
  private var decoder = UprightDecoder(.imageNet)
  private var resampler = Resampler()
  private var file = ByteBuffer()
  private var luminance = ByteBuffer()
  private var reduced = ByteBuffer()

  package init() {}

  /// Measures the image in the bytes of a file.
  ///
  /// - Parameter body: gets the upright pixels, [height][width][channels] samples, and their extents.
  /// - Throws: ``ImageError`` with a code about bytes rather than files.
  package func measure<Value>(
    _ bytes: Span<UInt8>, _ body: (Span<UInt8>, Raster) -> Value
  ) throws(ImageError) -> (ImageMeasures, Value) {
    defer { trim() }
    return try unsafe measure(try decoder.decode(bytes), body)
  }

  /// Measures the image in a file; else as ``measure(_:_:)``.
  ///
  /// - Throws: ``ImageError``; its `path` is set.
  package func measure<Value>(
    atPath path: String, _ body: (Span<UInt8>, Raster) -> Value
  ) throws(ImageError) -> (ImageMeasures, Value) {
    defer { trim() }
    do {
      let count = try readImageFile(atPath: path, into: &file)
      return try unsafe measure(try decoder.decode(file.prefix(count)), body)
    } catch {
      throw error.at(path)
    }
  }

  /// Measures a square image that lies plane by plane, red, green and blue; else as ``measure(_:_:)``.
  ///
  /// - Parameter planes: 3 · `side`² samples.
  package func measure<Value>(
    planes: Span<UInt8>, side: Int, _ body: (Span<UInt8>, Raster) -> Value
  ) throws(ImageError) -> (ImageMeasures, Value) {
    try unsafe measure(try decoder.interleave(planes, side: side), body)
  }

  private func trim() {
    decoder.trim()
    file.trim()
    luminance.trim()
    reduced.trim()
  }

  private func measure<Value>(
    _ image: UprightDecoder.Image, _ body: (Span<UInt8>, Raster) -> Value
  ) throws(ImageError) -> (ImageMeasures, Value) {
    let raster = unsafe image.raster
    let count = raster.width * raster.height
    // The decoder has as many samples there as the raster says.
    let pixels = unsafe Span<UInt8>(_unsafeStart: image.pixels, count: raster.byteCount)
    let value = body(pixels, raster)
    let gray = try unsafe luminance.reserve(count)
    if raster.channels == 3 {
      unsafe rz_luminance_u8x3(image.pixels, count, gray)
    } else {
      unsafe gray.update(from: image.pixels, count: count)
    }
    let flat = Raster(width: raster.width, height: raster.height, channels: 1)
    let square = try reduce(flat, to: (ImageMeasures.miniatureSide, ImageMeasures.miniatureSide), .lanczos)
    let wide = try reduce(flat, to: (9, 8), .lanczos)
    let statistics = LuminanceStatistics(luminance.prefix(count))
    let measures = ImageMeasures(
      width: raster.width, height: raster.height, orientation: unsafe image.info.orientation,
      isGray: Self.isGray(pixels, channels: raster.channels),
      lowLuminance: statistics.quantile(0.05), highLuminance: statistics.quantile(0.99),
      deviation: statistics.deviation, entropy: statistics.entropy,
      sharpness: try sharpness(flat),
      hash: PerceptualHash(square: square, wide: wide),
      mirroredHash: PerceptualHash(
        square: Self.mirrored(square, width: ImageMeasures.miniatureSide),
        wide: Self.mirrored(wide, width: 9)),
      miniature: square, warning: unsafe image.info.warning)
    return (measures, value)
  }

  /// The luminance, scaled.
  private func reduce(
    _ raster: Raster, to size: (width: Int, height: Int), _ interpolation: Preprocessing.Interpolation
  ) throws(ImageError) -> [UInt8] {
    let source = try unsafe luminance.reserve(raster.byteCount)
    let target = try unsafe reduced.reserve(size.width * size.height)
    try unsafe resampler.resize(
      source, raster, to: size, region: PixelRegion(columns: 0..<size.width, rows: 0..<size.height),
      interpolation: interpolation, into: target)
    // The resampler wrote all of them.
    return unsafe Array(UnsafeBufferPointer(start: target, count: size.width * size.height))
  }

  private func sharpness(_ raster: Raster) throws(ImageError) -> Double {
    let scale = min(1, Double(ImageMeasures.sharpnessSide) / Double(max(raster.width, raster.height)))
    let width = max(1, Int((Double(raster.width) * scale).rounded()))
    let height = max(1, Int((Double(raster.height) * scale).rounded()))
    let pixels = try reduce(raster, to: (width, height), .bilinear)
    return LuminanceStatistics.laplacianVariance(pixels.span, width: width)
  }

  private static func isGray(_ pixels: Span<UInt8>, channels: Int) -> Bool {
    guard channels == 3 else { return true }
    var place = 0
    while place + 2 < pixels.count {
      let (red, green, blue) = (Int(pixels[place]), Int(pixels[place + 1]), Int(pixels[place + 2]))
      if abs(red - green) >= ImageMeasures.colourTolerance
        || abs(green - blue) >= ImageMeasures.colourTolerance
      {
        return false
      }
      place += 3
    }
    return true
  }

  private static func mirrored(_ pixels: [UInt8], width: Int) -> [UInt8] {
    stride(from: 0, to: pixels.count, by: width).flatMap { pixels[$0..<$0 + width].reversed() }
  }
}
