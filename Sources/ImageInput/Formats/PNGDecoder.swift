import CImageCodecs
import CSPNG
import ModelDescriptor

/// Decodes a PNG image as Pillow's `convert("RGB")` does: alpha, `tRNS`, `gAMA` and colour profiles are ignored, low
/// depths are scaled up, of 16 bits the high byte is taken (`gray16` for plain grey).
func decodePNG(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy, into pixels: inout ByteBuffer,
  scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let decoder = try PNGDecoder()
    let header = try unsafe decoder.readHeader(of: buffer)
    try checkDimensions(width: header.width, height: header.height)

    var orientation = try decoder.orientation()
    let raster = Raster(width: header.width, height: header.height, channels: header.isGray ? 1 : 3)
    let target = try unsafe pixels.reserve(raster.byteCount)
    if header.depth == 8, header.samples == raster.channels, !header.isIndexed {
      try unsafe decoder.decode(into: target, byteCount: raster.byteCount)
    } else {
      let table = header.isIndexed ? try decoder.palette() : header.grayLevels
      // Interlaced samples are all there only at the end; others are converted row by row.
      var part = header
      if !header.isInterlaced { part.height = 1 }
      let byteCount = part.rowByteCount * part.height
      guard byteCount <= sampleByteLimit else {
        throw ImageError(
          .dimensions,
          "takes \(byteCount) bytes of memory as an interlaced PNG image; the limit is \(sampleByteLimit). Save it without interlacing."
        )
      }
      let source = try unsafe scratch.reserve(byteCount)
      if header.isInterlaced {
        // libspng adds samples of less than a byte to what is there when it puts interlaced rows together.
        if header.depth < 8 { unsafe source.update(repeating: 0, count: byteCount) }
        try unsafe decoder.decode(into: source, byteCount: byteCount)
        unsafe part.convert(source, table: table, gray16: gray16, to: target)
      } else {
        try decoder.beginRows()
        for row in 0..<header.height {
          try unsafe decoder.decodeRow(into: source, byteCount: byteCount)
          unsafe part.convert(
            source, table: table, gray16: gray16, to: target + row * raster.width * raster.channels)
        }
      }
    }
    let warning = try decoder.finish()
    // The EXIF block may stand behind the pixels.
    if orientation == nil, warning == nil { orientation = try decoder.orientation() }
    return DecodedRaster(raster: raster, orientation: orientation ?? 1, warning: warning)
  }
}

/// Owns one libspng context.
@safe private struct PNGDecoder: ~Copyable {
  private let context: OpaquePointer

  /// Largest ancillary chunk, and all of them together, in bytes; never more than the file has, as libspng reserves what
  /// a chunk declares.
  private static let chunkLimit = 64 << 20

  init() throws(ImageError) {
    guard let context = unsafe spng_ctx_new(0) else {
      throw ImageError(.outOfMemory, "there is no memory for a PNG decoder")
    }
    unsafe self.context = context
  }

  deinit {
    unsafe spng_ctx_free(context)
  }

  /// - Parameter bytes: not empty; they outlive the decoder.
  func readHeader(of bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) -> PNGHeader {
    try check(unsafe spng_set_image_limits(context, UInt32(Int32.max), UInt32(Int32.max)))
    let chunkLimit = min(Self.chunkLimit, bytes.count)
    try check(unsafe spng_set_chunk_limits(context, chunkLimit, chunkLimit))
    try check(
      unsafe spng_set_crc_action(
        context, Int32(SPNG_CRC_ERROR.rawValue), Int32(SPNG_CRC_ERROR.rawValue)))
    try check(unsafe spng_set_png_buffer(context, bytes.baseAddress, bytes.count))
    var header = spng_ihdr()
    try check(unsafe spng_get_ihdr(context, &header))
    return PNGHeader(
      width: Int(header.width), height: Int(header.height), depth: Int(header.bit_depth),
      colorType: UInt32(header.color_type), isInterlaced: header.interlace_method != 0)
  }

  /// 256 RGB colours; those that the file does not define are black.
  func palette() throws(ImageError) -> [UInt8] {
    var palette = spng_plte()
    try check(unsafe spng_get_plte(context, &palette))
    var table = [UInt8](repeating: 0, count: 768)
    let count = min(Int(palette.n_entries), 256)
    unsafe withUnsafeBytes(of: &palette.entries) { entries in
      for index in 0..<count {
        for channel in 0..<3 {
          table[index * 3 + channel] = unsafe entries[index * MemoryLayout<spng_plte_entry>.stride + channel]
        }
      }
    }
    return table
  }

  /// Decodes the samples as they are stored, big-endian.
  ///
  /// - Parameter target: room for `byteCount` bytes, which is what the header implies.
  func decode(into target: UnsafeMutablePointer<UInt8>, byteCount: Int) throws(ImageError) {
    let format = Int32(SPNG_FMT_RAW.rawValue)
    var expected = 0
    try check(unsafe spng_decoded_image_size(context, format, &expected))
    guard expected == byteCount else {
      throw ImageError(
        .unsupportedKind, "is a PNG image whose rows take \(expected) bytes, not \(byteCount)")
    }
    try check(unsafe spng_decode_image(context, target, byteCount, format, 0))
  }

  /// Prepares to decode row by row.
  func beginRows() throws(ImageError) {
    try check(
      unsafe spng_decode_image(
        context, nil, 0, Int32(SPNG_FMT_RAW.rawValue), Int32(SPNG_DECODE_PROGRESSIVE.rawValue)))
  }

  /// Decodes the next row's samples as they are stored, big-endian.
  ///
  /// - Parameter target: room for `byteCount` bytes, which is what the header implies; libspng checks it.
  func decodeRow(into target: UnsafeMutablePointer<UInt8>, byteCount: Int) throws(ImageError) {
    let status = unsafe spng_decode_row(context, target, byteCount)
    if status != Int32(SPNG_EOI.rawValue) { try check(status) }
  }

  /// Reads what follows the pixels. Checksums count; else, damage behind the pixels is a warning, as it passes in Pillow.
  func finish() throws(ImageError) -> String? {
    let status = unsafe spng_decode_chunks(context)
    if status == Int32(SPNG_ECHUNK_CRC.rawValue) { try check(status) }
    guard status != 0 else { return nil }
    let text = unsafe String(cString: spng_strerror(status))
    return "the PNG file is damaged behind its pixels (\(text))"
  }

  /// The orientation of an EXIF block among the chunks read so far; reads up to the pixels if nothing was decoded yet.
  func orientation() throws(ImageError) -> Int? {
    var exif = unsafe spng_exif()
    let status = unsafe spng_get_exif(context, &exif)
    if status == Int32(SPNG_ECHUNKAVAIL.rawValue) { return nil }
    try check(status)
    guard let data = unsafe exif.data else { return nil }
    return unsafe data.withMemoryRebound(to: UInt8.self, capacity: exif.length) { bytes in
      exifOrientation(ofTIFF: unsafe Span(_unsafeStart: bytes, count: exif.length))
    }
  }

  private func check(_ status: Int32) throws(ImageError) {
    guard status != 0 else { return }
    let text = unsafe String(cString: spng_strerror(status))
    switch status {
    case SPNG_IO_EOF.rawValue, Int32(SPNG_EIDAT_TOO_SHORT.rawValue):
      throw ImageError(.truncated, "is a truncated PNG image: \(text); copy or download it again")
    case Int32(SPNG_EMEM.rawValue), Int32(SPNG_EOVERFLOW.rawValue):
      throw ImageError(.outOfMemory, "needs more memory than there is: \(text)")
    case Int32(SPNG_EWIDTH.rawValue), Int32(SPNG_EHEIGHT.rawValue), Int32(SPNG_EUSER_WIDTH.rawValue),
      Int32(SPNG_EUSER_HEIGHT.rawValue):
      throw ImageError(.dimensions, "is a PNG image of impossible dimensions: \(text)")
    default:
      throw ImageError(.corrupt, "is a damaged PNG image: \(text); copy or download it again")
    }
  }
}
