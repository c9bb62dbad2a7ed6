import CImageCodecs
public import ModelDescriptor

/// A decoded image: what Pillow's `Image.open(file).convert("RGB")` gives.
public struct DecodedImage: Sendable {
  /// Columns, as stored.
  public let width: Int
  /// Rows, as stored.
  public let height: Int
  /// EXIF's orientation, 1 to 8; 1 if the file says none. The pixels are as stored: it is not applied to them.
  public let orientation: Int
  /// Damage that was decoded around, as in Pillow; nil for a sound file.
  public let warning: String?
  /// [height][width][3] samples, RGB.
  public let pixels: [UInt8]
}

/// Decodes an image file; its bytes decide which, not its name.
///
/// - Parameters:
///   - path: a regular file.
///   - gray16: what becomes of greyscale PNG images of 16 bits.
/// - Throws: ``ImageError`` with any code but `invalidRecord` and `channels`; its `path` is set.
public func decodeImage(
  atPath path: String, gray16: Preprocessing.Gray16Policy = .scale
) throws(ImageError) -> DecodedImage {
  do {
    var file = ByteBuffer()
    let count = try readImageFile(atPath: path, into: &file)
    return try decodeImage(file.prefix(count), gray16: gray16)
  } catch {
    throw error.at(path)
  }
}

/// Decodes the bytes of an image file.
///
/// - Throws: ``ImageError`` with a code about bytes rather than files.
public func decodeImage(
  _ bytes: [UInt8], gray16: Preprocessing.Gray16Policy = .scale
) throws(ImageError) -> DecodedImage {
  try decodeImage(bytes.span, gray16: gray16)
}

/// Decodes the bytes of an image file.
///
/// - Throws: ``ImageError`` with a code about bytes rather than files.
public func decodeImage(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy = .scale
) throws(ImageError) -> DecodedImage {
  var pixels = ByteBuffer()
  var scratch = ByteBuffer()
  let decoded = try decode(bytes, gray16: gray16, into: &pixels, scratch: &scratch)
  let raster = decoded.raster
  let samples = pixels.prefix(raster.byteCount)
  return DecodedImage(
    width: raster.width, height: raster.height, orientation: decoded.orientation, warning: decoded.warning,
    pixels: rgbPixels(samples, channels: raster.channels))
}

/// The samples as RGB: grey ones are written three times.
func rgbPixels(_ samples: Span<UInt8>, channels: Int) -> [UInt8] {
  let count = samples.count / channels * 3
  return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
    unsafe samples.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress, let to = buffer.baseAddress else { return }
      if channels == 1 {
        unsafe rz_replicate_u8x3(from, source.count, to)
      } else {
        unsafe to.initialize(from: from, count: count)
      }
    }
    initialized = count
  }
}
