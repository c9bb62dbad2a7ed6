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
    defer { trim() }
    return try unsafe frame(try decoder.decode(bytes))
  }

  /// Decodes the image in `bytes`, which is valid until the next one.
  mutating func decode(_ bytes: Span<UInt8>) throws(ImageError) -> UprightDecoder.Image {
    try unsafe decoder.decode(bytes)
  }

  /// Takes a square image that lies plane by plane, red, green and blue; it is valid until the next one.
  mutating func interleave(planes: Span<UInt8>, side: Int) throws(ImageError) -> UprightDecoder.Image {
    try unsafe decoder.interleave(planes, side: side)
  }

  /// Takes a copy of an image that is decoded already; it is valid until the next one.
  mutating func copy(_ pixels: StridedPixels) throws(ImageError) -> UprightDecoder.Image {
    try unsafe decoder.copy(pixels)
  }

  /// Prepares a view of a decoded image; ``withCanvas(_:)`` lends the result.
  mutating func frame(
    _ image: UprightDecoder.Image, view: ImageView = .center
  ) throws(ImageError) -> ImageInfo {
    let target = try unsafe canvas.reserve(canvasByteCount)
    try unsafe framer.frame(image.pixels, image.raster, view: view, into: target)
    return unsafe image.info
  }

  /// Gives back memory that only an unusually large image needed.
  mutating func trim() {
    decoder.trim()
    framer.trim()
  }
}
