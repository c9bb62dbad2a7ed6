import CImageCodecs
import CSPNG
import ModelDescriptor

/// Decodes a PNG image as Pillow's `convert("RGB")` does: alpha, `tRNS`, `gAMA` and colour profiles are ignored, low
/// depths are scaled up, of 16 bits the high byte is taken (`gray16` for plain grey).
func decodePNG(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy, into pixels: inout ByteBuffer,
  scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  let chunks = try PNGChunks(bytes)
  try chunks.checkPixels(of: bytes)
  let raster = try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let decoder = try unsafe PNGDecoder(PNGSource(buffer, chunks))
    let header = try decoder.readHeader()
    let raster = Raster(width: header.width, height: header.height, channels: header.isGray ? 1 : 3)
    let target = try unsafe pixels.reserve(raster.byteCount)
    if header.depth == 8, header.samples == raster.channels, !header.isIndexed {
      try unsafe decoder.decode(into: target, byteCount: raster.byteCount)
    } else {
      let table = header.isIndexed ? try chunks.colors() : header.grayLevels
      try unsafe decoder.decode(
        header, table: table, gray16: gray16, rowBytes: raster.width * raster.channels, into: target,
        scratch: &scratch)
    }
    return raster
  }
  return DecodedRaster(
    raster: raster, orientation: chunks.orientation.orientation, warning: chunks.warning)
}

/// Owns one libspng context.
@safe private struct PNGDecoder: ~Copyable {
  private let context: OpaquePointer

  /// Kept as libspng reads from it.
  private let source: PNGSource

  init(_ source: PNGSource) throws(ImageError) {
    guard let context = unsafe spng_ctx_new(0) else {
      throw ImageError(.outOfMemory, "there is no memory for a PNG decoder")
    }
    unsafe self.context = context
    self.source = source
  }

  deinit {
    unsafe spng_ctx_free(context)
  }

  func readHeader() throws(ImageError) -> PNGHeader {
    try check(unsafe spng_set_image_limits(context, UInt32(Int32.max), UInt32(Int32.max)))
    // The checksums were compared before.
    try check(
      unsafe spng_set_crc_action(context, Int32(SPNG_CRC_USE.rawValue), Int32(SPNG_CRC_USE.rawValue)))
    try check(
      unsafe spng_set_png_stream(
        context, PNGSource.read, Unmanaged.passUnretained(source).toOpaque()))
    var header = spng_ihdr()
    try check(unsafe spng_get_ihdr(context, &header))
    return PNGHeader(
      width: Int(header.width), height: Int(header.height), depth: Int(header.bit_depth),
      colorType: UInt32(header.color_type), isInterlaced: header.interlace_method != 0)
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

  /// Decodes samples that have to be converted.
  ///
  /// - Parameters:
  ///   - table: as of ``PNGHeader/convert(_:table:gray16:to:)``.
  ///   - rowBytes: the bytes of a converted row.
  ///   - target: room for all rows.
  func decode(
    _ header: PNGHeader, table: [UInt8], gray16: Preprocessing.Gray16Policy, rowBytes: Int,
    into target: UnsafeMutablePointer<UInt8>, scratch: inout ByteBuffer
  ) throws(ImageError) {
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
    let samples = try unsafe scratch.reserve(byteCount)
    if header.isInterlaced {
      // libspng adds samples of less than a byte to what is there when it puts interlaced rows together.
      if header.depth < 8 { unsafe samples.update(repeating: 0, count: byteCount) }
      try unsafe decode(into: samples, byteCount: byteCount)
      unsafe part.convert(samples, table: table, gray16: gray16, to: target)
    } else {
      try beginRows()
      for row in 0..<header.height {
        try unsafe decodeRow(into: samples, byteCount: byteCount)
        unsafe part.convert(samples, table: table, gray16: gray16, to: target + row * rowBytes)
      }
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
