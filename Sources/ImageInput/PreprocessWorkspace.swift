import CImageCodecs
import ModelDescriptor

/// The buffers through which one picture after another goes: pixels → upright → resized → canvas.
///
/// They grow to the largest picture and are used again, so that a steady stream of pictures allocates next to nothing.
struct PreprocessWorkspace: ~Copyable {
  private let record: Preprocessing
  private let channels: Int
  /// One pixel of what lies beyond the picture's edge.
  private let fill: [UInt8]

  private var scratch = ByteBuffer()
  private var decoded = ByteBuffer()
  private var upright = ByteBuffer()
  private var resized = ByteBuffer()
  private var canvas = ByteBuffer()
  private var resampler = Resampler()

  /// - Parameter record: a valid one, of 1 or 3 channels.
  init(_ record: Preprocessing) {
    self.record = record
    channels = record.inputSize[0]
    fill = record.mean.map { mean in
      guard record.cropMode == .border else { return 0 }
      return UInt8(min(max((255 * mean).rounded(.toNearestOrEven), 0), 255))
    }
  }

  /// Bytes of the finished canvas.
  var canvasByteCount: Int { record.inputSize.reduce(1, *) }

  /// Lends the pixels of the last picture: [height][width][channels] of the network's input.
  func withCanvas<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(canvas.prefix(canvasByteCount))
  }

  /// Prepares the picture in `bytes`; ``withCanvas(_:)`` lends the result.
  mutating func prepare(_ bytes: Span<UInt8>) throws(ImageError) -> PictureInfo {
    defer { trim() }
    return try prepare(decode(bytes, gray16: record.gray16, into: &decoded, scratch: &scratch))
  }

  private mutating func prepare(_ picture: DecodedRaster) throws(ImageError) -> PictureInfo {
    let turns = record.exif == .apply && picture.orientation != 1
    var raster = picture.raster
    // Nothing here allocates in `decoded` or `upright` once the source is chosen: its address stays valid.
    var source = try unsafe decoded.reserve(raster.byteCount)
    if turns {
      let target = try unsafe upright.reserve(raster.byteCount)
      unsafe rz_orient_u8(
        source, raster.width, raster.height, raster.channels, UInt32(picture.orientation), target)
      unsafe source = unsafe target
      if picture.orientation >= 5 { swap(&raster.width, &raster.height) }
    }
    if channels == 1, raster.channels == 3 {
      unsafe rz_luminance_u8x3(source, raster.width * raster.height, source)
      raster.channels = 1
    }

    let geometry = PictureGeometry(width: raster.width, height: raster.height, record: record)
    guard max(geometry.resizedWidth, geometry.resizedHeight) <= resizedSideLimit else {
      throw ImageError(
        .dimensions,
        "would become \(geometry.resizedWidth)×\(geometry.resizedHeight) pixels before cropping; up to "
          + "\(resizedSideLimit) a side are made, so crop it first")
    }
    let visible = geometry.visible
    let target = try unsafe resized.reserve(visible.columns.count * visible.rows.count * raster.channels)
    try unsafe resampler.resize(
      source, raster, to: (geometry.resizedWidth, geometry.resizedHeight), region: visible,
      interpolation: record.interpolation, into: target)
    try unsafe place(target, channels: raster.channels, geometry: geometry)
    return PictureInfo(
      width: picture.raster.width, height: picture.raster.height, orientation: picture.orientation,
      orientationApplied: turns, warning: picture.warning)
  }

  /// Puts the visible part into the canvas, and the fill around it.
  private mutating func place(
    _ source: UnsafePointer<UInt8>, channels sourceChannels: Int, geometry: PictureGeometry
  ) throws(ImageError) {
    let window = geometry.window
    let visible = geometry.visible
    let target = try unsafe canvas.reserve(canvasByteCount)
    if visible != window {
      for pixel in 0..<window.columns.count * window.rows.count {
        for channel in 0..<channels { unsafe target[pixel * channels + channel] = fill[channel] }
      }
    }
    let top = visible.rows.lowerBound - window.rows.lowerBound
    let left = visible.columns.lowerBound - window.columns.lowerBound
    let width = visible.columns.count
    for row in 0..<visible.rows.count {
      let input = unsafe source + row * width * sourceChannels
      let output = unsafe target + ((top + row) * window.columns.count + left) * channels
      if sourceChannels == channels {
        unsafe output.update(from: input, count: width * channels)
      } else {
        unsafe rz_replicate_u8x3(input, width, output)
      }
    }
  }

  private mutating func trim() {
    scratch.trim()
    decoded.trim()
    upright.trim()
    resampler.trim()
  }
}
