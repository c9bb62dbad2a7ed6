import CImageCodecs

/// Decodes the primary image of a HEIC file. libheif turns it upright, so that no orientation is left to apply.
func decodeHEIC(_ bytes: Span<UInt8>, into pixels: inout ByteBuffer) throws(ImageError) -> DecodedRaster {
  try HEIFDerivation.check(bytes)
  return try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let file = try unsafe HEIFFile(buffer)
    try checkDimensions(width: file.width, height: file.height)
    let raster = Raster(width: file.width, height: file.height, channels: 3)
    try unsafe file.decode(into: pixels.reserve(raster.byteCount))
    return DecodedRaster(raster: raster, orientation: 1, warning: nil)
  }
}

/// Owns libheif's view of a file.
@safe private struct HEIFFile: ~Copyable {
  private let file: OpaquePointer
  let width: Int
  let height: Int

  /// - Parameter bytes: not empty; they outlive the file.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    var file: OpaquePointer?
    let status = unsafe rz_heif_new(bytes.baseAddress, bytes.count, UInt32(sideLimit), &file)
    guard let file = unsafe file else {
      try ImageLibrary.heic.check(status)
      throw ImageError(.outOfMemory, "there is no memory for a HEIC decoder")
    }
    do {
      try ImageLibrary.heic.check(status, unsafe String(cString: rz_heif_error_text(file)))
    } catch {
      unsafe rz_heif_free(file)
      throw error
    }
    unsafe self.file = file
    (width, height) = unsafe (Int(rz_heif_width(file)), Int(rz_heif_height(file)))
  }

  deinit {
    unsafe rz_heif_free(file)
  }

  /// - Parameter target: room for height rows of width RGB pixels.
  func decode(into target: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    try ImageLibrary.heic.check(
      unsafe rz_heif_decode(file, target), unsafe String(cString: rz_heif_error_text(file)))
  }
}
