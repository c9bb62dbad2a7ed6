import CImageCodecs
import ModelDescriptor

/// Decodes the first page of a TIFF image upright, as Pillow's `convert("RGB")` does: the orientation of a TIFF image is one
/// of its pixels, and applied in any case.
func decodeTIFF(
  _ bytes: Span<UInt8>, gray16: Preprocessing.Gray16Policy, into pixels: inout ByteBuffer,
  scratch: inout ByteBuffer
) throws(ImageError) -> DecodedRaster {
  try TIFFTags.check(bytes)
  var (raster, orientation) = try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(ImageError) in
    let page = try unsafe TIFFPage(buffer)
    let raster = page.raster
    try checkDimensions(width: raster.width, height: raster.height)
    let target = try unsafe pixels.reserve(raster.byteCount)
    // Decoding some forms changes what the directory states.
    let orientation = page.orientation
    try unsafe page.decode(gray16, into: target)
    return (raster, orientation)
  }
  if orientation != 1 {
    let source = try unsafe pixels.reserve(raster.byteCount)
    let target = try unsafe scratch.reserve(raster.byteCount)
    unsafe rz_orient_u8(source, raster.width, raster.height, raster.channels, UInt32(orientation), target)
    if orientation >= 5 { swap(&raster.width, &raster.height) }
    swap(&pixels, &scratch)
    orientation = 1
  }
  return DecodedRaster(raster: raster, orientation: orientation, warning: nil)
}

/// Owns libtiff's view of a file.
@safe private struct TIFFPage: ~Copyable {
  private let image: OpaquePointer

  /// - Parameter bytes: not empty; they outlive the page.
  init(_ bytes: UnsafeBufferPointer<UInt8>) throws(ImageError) {
    var image: OpaquePointer?
    let status = unsafe rz_tiff_new(bytes.baseAddress, bytes.count, sampleByteLimit, &image)
    guard let image = unsafe image else {
      try ImageLibrary.tiff.check(status, "libtiff")
      throw ImageError(.outOfMemory, "there is no memory for a TIFF decoder")
    }
    do {
      try ImageLibrary.tiff.check(status, unsafe String(cString: rz_tiff_error_text(image)))
    } catch {
      unsafe rz_tiff_free(image)
      throw error
    }
    unsafe self.image = image
  }

  deinit {
    unsafe rz_tiff_free(image)
  }

  var raster: Raster {
    unsafe Raster(
      width: Int(rz_tiff_width(image)), height: Int(rz_tiff_height(image)),
      channels: Int(rz_tiff_channels(image)))
  }

  /// What the directory states, else an XMP packet; 1 to 8.
  var orientation: Int {
    let stated = unsafe Int(rz_tiff_orientation(image))
    if stated != 0 { return (1...8).contains(stated) ? stated : 1 }
    var count = 0
    guard let packet = unsafe rz_tiff_xmp(image, &count) else { return 1 }
    var record = OrientationRecord()
    record.xmp = unsafe Array(UnsafeBufferPointer(start: packet, count: count))
    return record.orientation
  }

  /// - Parameter target: room for all bytes of the raster.
  func decode(
    _ gray16: Preprocessing.Gray16Policy, into target: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    try ImageLibrary.tiff.check(
      unsafe rz_tiff_decode(image, gray16 == .clip ? 1 : 0, sampleByteLimit, target),
      unsafe String(cString: rz_tiff_error_text(image)))
  }
}
