import CSPNG
import Platform

/// Encodes an image as a PNG file, 8 bits a sample.
///
/// - Parameters:
///   - pixels: [height][width][channels] samples.
///   - channels: 1 for grey, 3 for RGB.
/// - Throws: ``ImageError`` with `channels` for others, `dimensions` for sides without pixels, beyond those that are read, or
///   that do not match the samples, `outOfMemory`.
/// - Complexity: linear in the samples.
public func encodePNG(_ pixels: [UInt8], width: Int, height: Int, channels: Int) throws(ImageError) -> [UInt8]
{
  guard channels == 1 || channels == 3 else {
    throw ImageError(.channels, "PNG images are written with 1 or 3 channels, not \(channels)")
  }
  try checkDimensions(width: width, height: height)
  guard pixels.count == width * height * channels else {
    throw ImageError(
      .dimensions,
      "has \(pixels.count) samples; \(width)×\(height)×\(channels) need \(width * height * channels)")
  }
  let encoder = try PNGEncoder()
  try encoder.encode(pixels, width: width, height: height, isGray: channels == 1)
  return try encoder.bytes()
}

/// Owns one libspng context that writes to memory.
@safe private struct PNGEncoder: ~Copyable {
  private let context: OpaquePointer

  init() throws(ImageError) {
    guard let context = unsafe spng_ctx_new(Int32(SPNG_CTX_ENCODER.rawValue)) else {
      throw ImageError(.outOfMemory, "there is no memory for a PNG encoder")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe spng_ctx_free(context)
  }

  func encode(_ pixels: [UInt8], width: Int, height: Int, isGray: Bool) throws(ImageError) {
    var header = spng_ihdr()
    header.width = UInt32(width)
    header.height = UInt32(height)
    header.bit_depth = 8
    header.color_type = UInt8(
      isGray ? SPNG_COLOR_TYPE_GRAYSCALE.rawValue : SPNG_COLOR_TYPE_TRUECOLOR.rawValue)
    try check(unsafe spng_set_option(context, SPNG_ENCODE_TO_BUFFER, 1))
    try check(unsafe spng_set_ihdr(context, &header))
    try check(
      unsafe spng_encode_image(
        context, pixels, pixels.count, Int32(SPNG_FMT_PNG.rawValue), Int32(SPNG_ENCODE_FINALIZE.rawValue)))
  }

  /// The file.
  func bytes() throws(ImageError) -> [UInt8] {
    var count = 0
    var status: Int32 = 0
    let buffer = unsafe spng_get_png_buffer(context, &count, &status)
    try check(status)
    guard let buffer = unsafe buffer else {
      throw ImageError(.outOfMemory, "there is no memory for a PNG image")
    }
    defer { unsafe free(buffer) }
    return unsafe [UInt8](UnsafeRawBufferPointer(start: buffer, count: count))
  }

  private func check(_ status: Int32) throws(ImageError) {
    guard status != 0 else { return }
    throw ImageError(
      .outOfMemory, "could not be encoded as PNG: \(unsafe String(cString: spng_strerror(status)))")
  }
}
