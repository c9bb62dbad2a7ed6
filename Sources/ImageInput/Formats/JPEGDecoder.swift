import CImageCodecs

/// Decodes a JPEG image as Pillow does: libjpeg's defaults, and CMYK taken as inverted.
func decodeJPEG(_ bytes: Span<UInt8>, into pixels: inout ByteBuffer) throws(ImageError) -> DecodedRaster {
  let raster: Raster
  let warning: String?
  (raster, warning) = try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let decoder = try unsafe JPEGDecoder(buffer)
    let raster = try decoder.readHeader()
    try checkDimensions(width: raster.width, height: raster.height)
    let memory = try unsafe pixels.reserve(raster.byteCount)
    try unsafe decoder.decode(into: memory)
    return (raster, decoder.warning)
  }
  return DecodedRaster(
    raster: raster, orientation: OrientationRecord(ofJPEG: bytes).orientation, warning: warning)
}

/// Owns one libjpeg decoder.
@safe private struct JPEGDecoder: ~Copyable {
  private let jpeg: OpaquePointer

  /// - Parameter bytes: not empty; they outlive the decoder.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    guard let jpeg = unsafe rz_jpeg_new(bytes.baseAddress, bytes.count) else {
      throw ImageError(.outOfMemory, "there is no memory for a JPEG decoder")
    }
    unsafe self.jpeg = jpeg
  }

  deinit {
    unsafe rz_jpeg_free(jpeg)
  }

  func readHeader() throws(ImageError) -> Raster {
    try check(unsafe rz_jpeg_read_header(jpeg))
    return unsafe Raster(
      width: Int(rz_jpeg_width(jpeg)), height: Int(rz_jpeg_height(jpeg)),
      channels: Int(rz_jpeg_channels(jpeg)))
  }

  /// - Parameter pixels: room for all bytes of the raster that the header declares.
  func decode(into pixels: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    try check(unsafe rz_jpeg_decode(jpeg, pixels))
  }

  /// The first of libjpeg's complaints about damage that it decoded around.
  var warning: String? {
    let count = unsafe rz_jpeg_warning_count(jpeg)
    guard count > 0 else { return nil }
    let text = unsafe String(cString: rz_jpeg_warning_text(jpeg))
    return
      "the JPEG data are damaged (\(text)\(count > 1 ? ", and \(count - 1) more" : "")); parts may be wrong"
  }

  private func check(_ status: Int32) throws(ImageError) {
    guard status != 0 else { return }
    let text = unsafe String(cString: rz_jpeg_error_text(jpeg))
    switch UInt32(bitPattern: status) {
    case RZ_JPEG_TRUNCATED.rawValue:
      throw ImageError(.truncated, "is a truncated JPEG image: \(text); copy or download it again")
    case RZ_JPEG_UNSUPPORTED.rawValue:
      throw ImageError(
        .unsupportedKind,
        "is a JPEG image of a kind that is not read: \(text); save it anew as a plain JPEG image: 8 bits, grey or RGB"
      )
    case RZ_JPEG_DIMENSIONS.rawValue:
      throw ImageError(.dimensions, "is a JPEG image of impossible dimensions: \(text)")
    case RZ_JPEG_NO_MEMORY.rawValue:
      throw ImageError(.outOfMemory, "needs more memory than there is: \(text)")
    default:
      throw ImageError(.corrupt, "is a damaged JPEG image: \(text); copy or download it again")
    }
  }
}
