import ModelDescriptor

/// The content of a buffer of decoded pixels: rows of interleaved 8-bit samples, tightly packed.
package struct Raster: Hashable, Sendable {
  package var width: Int
  package var height: Int
  /// 1 grey, 3 RGB.
  package var channels: Int

  package init(width: Int, height: Int, channels: Int) {
    self.width = width
    self.height = height
    self.channels = channels
  }

  package var byteCount: Int { width * height * channels }
}

/// A decoded image whose pixels lie in a buffer of the caller.
struct DecodedRaster {
  var raster: Raster
  /// EXIF's 1 to 8; 1 if the file says nothing.
  var orientation: Int
  /// Damage that was decoded around.
  var warning: String?
}

/// Longest side of an image; the message of ``checkDimensions(width:height:)`` says it too.
let sideLimit = 65535

/// Most bytes of samples that are kept before they are converted: three for each pixel of the largest image.
let sampleByteLimit = 3 * PixelLimit.usual

/// Checks the sides that a header declares, before anything is allocated for them.
func checkDimensions(width: Int, height: Int) throws(ImageError) {
  guard width > 0, height > 0 else {
    throw ImageError(.dimensions, "has no pixels: its header says \(width)×\(height)")
  }
  let limit = PixelLimit.current
  guard width <= sideLimit, height <= sideLimit, width * height <= limit else {
    throw ImageError(
      .dimensions,
      "is \(width)×\(height) pixels; the limit is 65,535 a side and \((limit + 500_000) / 1_000_000) megapixels. Make it smaller."
    )
  }
}

/// Decodes an image of any format into `pixels`; `scratch` is for samples on their way.
func decode(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy, into pixels: inout ByteBuffer,
  scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  try checkByteCount(bytes.count)
  return switch try ImageFormat(of: bytes) {
  case .jpeg: try decodeJPEG(bytes, into: &pixels)
  case .png: try decodePNG(bytes, gray16: gray16, into: &pixels, scratch: &scratch)
  case .webP: try decodeWebP(bytes, into: &pixels)
  case .gif: try decodeGIF(bytes, into: &pixels, scratch: &scratch)
  case .bmp(let header): try decodeBMP(bytes, at: header, into: &pixels, scratch: &scratch)
  case .tiff: try decodeTIFF(bytes, gray16: gray16, into: &pixels, scratch: &scratch)
  case .pnm: try decodePNM(bytes, gray16: gray16, into: &pixels)
  case .avif: try decodeAVIF(bytes, into: &pixels)
  case .heic: try decodeHEIC(bytes, into: &pixels)
  }
}
