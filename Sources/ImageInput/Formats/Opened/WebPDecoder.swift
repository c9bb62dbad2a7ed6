import CImageCodecs

/// Decodes a WebP image, of an animation its first frame on a black canvas, as Pillow's `convert("RGB")` does.
func decodeWebP(_ bytes: Span<UInt8>, into pixels: inout ByteBuffer) throws(ImageError) -> DecodedRaster {
  let file = try WebPFile(bytes)
  let part = bytes.extracting(file.imageRange)
  let size = try readSize(part)
  let canvas = file.canvas ?? size
  try checkDimensions(width: canvas.width, height: canvas.height)
  let (left, top) = file.frameOrigin
  guard left + size.width <= canvas.width, top + size.height <= canvas.height else {
    throw ImageError(
      .corrupt, "is a damaged WebP image: its first frame passes the canvas; copy or download it again")
  }
  let raster = Raster(width: canvas.width, height: canvas.height, channels: 3)
  let target = try unsafe pixels.reserve(raster.byteCount)
  let stride = 3 * canvas.width
  if size != canvas { unsafe target.update(repeating: 0, count: raster.byteCount) }
  let start = top * stride + 3 * left
  let status = unsafe part.withUnsafeBufferPointer { part in
    unsafe rz_webp_decode(
      part.baseAddress, part.count, target + start, stride, size.height, 3 * size.width)
  }
  try ImageLibrary.webP.check(status)
  return DecodedRaster(raster: raster, orientation: file.orientation.orientation, warning: nil)
}

private struct Size: Equatable {
  var width: Int
  var height: Int
}

private func readSize(_ bytes: Span<UInt8>) throws(ImageError) -> Size {
  var width: UInt32 = 0
  var height: UInt32 = 0
  let status = unsafe bytes.withUnsafeBufferPointer { bytes in
    unsafe rz_webp_read_size(bytes.baseAddress, bytes.count, &width, &height)
  }
  try ImageLibrary.webP.check(status)
  return Size(width: Int(width), height: Int(height))
}

/// The chunks of a WebP file.
private struct WebPFile {
  /// What libwebp decodes: the file, or of an animation the chunks of its first frame.
  private(set) var imageRange: Range<Int>
  /// The canvas of an animation.
  private(set) var canvas: Size?
  private(set) var frameOrigin = (left: 0, top: 0)
  private(set) var orientation = OrientationRecord()

  /// - Parameter bytes: a file that begins with `RIFF`, a length and `WEBP`.
  init(_ bytes: Span<UInt8>) throws(ImageError) {
    guard let length = ByteOrder.little.read(UInt32.self, bytes, at: 4), Int(length) <= bytes.count - 8 else {
      throw ImageError(.truncated, "is a truncated WebP image; copy or download it again")
    }
    imageRange = 0..<bytes.count
    var position = 12
    guard bytes.starts(with: Array("VP8X".utf8), at: position), position + 18 <= bytes.count else { return }
    let flags = bytes[position + 8]
    let isAnimated = flags & 2 != 0
    var hasFrame = false
    func number(at place: Int) -> Int {
      Int(bytes[place]) | Int(bytes[place + 1]) << 8 | Int(bytes[place + 2]) << 16
    }
    if isAnimated {
      canvas = Size(width: number(at: position + 12) + 1, height: number(at: position + 15) + 1)
    }
    while let length = ByteOrder.little.read(UInt32.self, bytes, at: position + 4) {
      let start = position + 8
      let end = min(start + Int(length), bytes.count)
      let content = start..<end
      if bytes.starts(with: Array("EXIF".utf8), at: position), flags & 8 != 0, orientation.exif == nil {
        orientation.exif = bytes.extracting(content).array()
      } else if bytes.starts(with: Array("XMP ".utf8), at: position), flags & 4 != 0, orientation.xmp == nil {
        orientation.xmp = bytes.extracting(content).array()
      } else if bytes.starts(with: Array("ANMF".utf8), at: position), isAnimated, !hasFrame,
        content.count >= 16
      {
        hasFrame = true
        frameOrigin = (2 * number(at: start), 2 * number(at: start + 3))
        imageRange = start + 16..<end
      }
      // Chunks begin at even places.
      position = start + Int(length) + Int(length % 2)
    }
  }
}
