import ModelDescriptor

/// The buffers through which one image after another goes: decoded → upright → resized → canvas.
///
/// They grow to the largest image and are used again, so that a steady stream of images allocates next to nothing.
struct PreprocessWorkspace: ~Copyable {
  private var decoder: UprightDecoder
  private var framer: CanvasFramer
  private var canvas = ByteBuffer()
  private let canvasByteCount: Int

  /// - Parameter record: a valid one, of 1 or 3 channels.
  init(_ record: Preprocessing) {
    decoder = UprightDecoder(record)
    framer = CanvasFramer(record)
    canvasByteCount = record.inputSize.reduce(1, *)
  }

  /// Lends the pixels of the last image: [height][width][channels] of the network's input.
  func withCanvas<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
    body(canvas.prefix(canvasByteCount))
  }

  /// Prepares the image in `bytes`; ``withCanvas(_:)`` lends the result.
  mutating func prepare(_ bytes: Span<UInt8>) throws(ImageError) -> ImageInfo {
    defer {
      decoder.trim()
      framer.trim()
    }
    return try unsafe frame(try decoder.decode(bytes))
  }

  /// Prepares a square image that lies plane by plane, red, green and blue.
  mutating func prepare(planes: Span<UInt8>, side: Int) throws(ImageError) -> ImageInfo {
    try unsafe frame(try decoder.interleave(planes, side: side))
  }

  private mutating func frame(_ image: UprightDecoder.Image) throws(ImageError) -> ImageInfo {
    let target = try unsafe canvas.reserve(canvasByteCount)
    try unsafe framer.frame(image.pixels, image.raster, into: target)
    return unsafe image.info
  }
}
