import CImageCodecs

/// Decodes the first image of an AVIF file as Pillow's `convert("RGB")` does, up to versions of libavif.
func decodeAVIF(_ bytes: Span<UInt8>, into pixels: inout ByteBuffer) throws(ImageError) -> DecodedRaster {
  try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let file = try unsafe AVIFFile(buffer)
    try checkDimensions(width: file.width, height: file.height)
    let raster = Raster(width: file.width, height: file.height, channels: 3)
    try unsafe file.decode(into: pixels.reserve(raster.byteCount))
    return DecodedRaster(raster: raster, orientation: file.orientation, warning: nil)
  }
}

/// Owns libavif's view of a file.
@safe private struct AVIFFile: ~Copyable {
  private let file: OpaquePointer
  let width: Int
  let height: Int

  /// - Parameter bytes: not empty; they outlive the file.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    var file: OpaquePointer?
    let status = unsafe rz_avif_new(
      bytes.baseAddress, bytes.count, UInt32(PixelLimit.current), UInt32(sideLimit), &file)
    guard let file = unsafe file else {
      try ImageLibrary.avif.check(status)
      throw ImageError(.outOfMemory, "there is no memory for an AVIF decoder")
    }
    do {
      try ImageLibrary.avif.check(status, unsafe String(cString: rz_avif_error_text(file)))
    } catch {
      unsafe rz_avif_free(file)
      throw error
    }
    unsafe self.file = file
    (width, height) = unsafe (Int(rz_avif_width(file)), Int(rz_avif_height(file)))
  }

  deinit {
    unsafe rz_avif_free(file)
  }

  /// What the container states, which Pillow believes more than EXIF; else an XMP packet if EXIF states nothing.
  var orientation: Int {
    let turned = unsafe Int(rz_avif_orientation(file))
    var count = 0
    var record = OrientationRecord()
    if let exif = unsafe rz_avif_exif(file, &count) {
      record.exif = unsafe Array(UnsafeBufferPointer(start: exif, count: count))
    }
    let isStated = record.exif.flatMap { exifOrientation(of: $0.span) } != nil
    if turned != 1 || isStated { return turned }
    if let xmp = unsafe rz_avif_xmp(file, &count) {
      record.xmp = unsafe Array(UnsafeBufferPointer(start: xmp, count: count))
    }
    return record.orientation
  }

  /// - Parameter target: room for height rows of width RGB pixels.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    try ImageLibrary.avif.check(
      unsafe rz_avif_decode(file, target), unsafe String(cString: rz_avif_error_text(file)))
  }
}
