import CImageCodecs
import ModelDescriptor

/// Decodes one image after another and turns it upright, in buffers that grow to the largest and are used again.
struct UprightDecoder: ~Copyable {
  private let record: Preprocessing
  private var scratch = ByteBuffer()
  private var decoded = ByteBuffer()
  private var upright = ByteBuffer()

  /// - Parameter record: a valid one, of 1 or 3 channels.
  init(_ record: Preprocessing) {
    self.record = record
  }

  /// An image in the decoder's memory, valid until the next one, with `ByteBuffer.slack` readable bytes behind it.
  @unsafe struct Image {
    let pixels: UnsafePointer<UInt8>
    /// Grey if the network takes grey images, else as the file has it.
    let raster: Raster
    let info: ImageInfo
  }

  /// Decodes the image in `bytes`.
  mutating func decode(_ bytes: Span<UInt8>) throws(ImageError) -> Image {
    let image = try ImageInput.decode(bytes, gray16: record.gray16, into: &decoded, scratch: &scratch)
    let turns = record.exif == .apply && image.orientation != 1
    var raster = image.raster
    // Nothing here allocates in `decoded` or `upright` once the source is chosen: its address stays valid.
    var source = try unsafe decoded.reserve(raster.byteCount)
    if turns {
      let target = try unsafe upright.reserve(raster.byteCount)
      unsafe rz_orient_u8(
        source, raster.width, raster.height, raster.channels, UInt32(image.orientation), target)
      unsafe source = unsafe target
      if image.orientation >= 5 { swap(&raster.width, &raster.height) }
    }
    unsafe makeGrayIfWanted(source, &raster)
    let info = ImageInfo(
      width: image.raster.width, height: image.raster.height, orientation: image.orientation,
      orientationApplied: turns, warning: image.warning)
    return unsafe Image(pixels: source, raster: raster, info: info)
  }

  /// Takes an image that lies plane by plane, red, green and blue.
  ///
  /// - Parameter planes: 3 · `side`² samples.
  mutating func interleave(_ planes: Span<UInt8>, side: Int) throws(ImageError) -> Image {
    let count = side * side
    precondition(planes.count == 3 * count, "\(planes.count) samples of an image of \(side)×\(side)")
    var raster = Raster(width: side, height: side, channels: 3)
    let target = try unsafe decoded.reserve(raster.byteCount)
    for pixel in 0..<count {
      for channel in 0..<3 { unsafe target[3 * pixel + channel] = planes[channel * count + pixel] }
    }
    unsafe makeGrayIfWanted(target, &raster)
    let info = ImageInfo(
      width: side, height: side, orientation: 1, orientationApplied: false, warning: nil)
    return unsafe Image(pixels: target, raster: raster, info: info)
  }

  /// Takes a copy of an image that is decoded already.
  mutating func copy(_ pixels: StridedPixels) throws(ImageError) -> Image {
    let (width, height) = unsafe (pixels.width, pixels.height)
    try checkDimensions(width: width, height: height)
    var raster = unsafe Raster(width: width, height: height, channels: pixels.channels)
    let target = try unsafe decoded.reserve(raster.byteCount)
    unsafe pixels.pack(to: target)
    unsafe makeGrayIfWanted(target, &raster)
    let info = ImageInfo(
      width: width, height: height, orientation: 1, orientationApplied: false, warning: nil)
    return unsafe Image(pixels: target, raster: raster, info: info)
  }

  /// Gives back memory that only an unusually large image needed.
  mutating func trim() {
    scratch.trim()
    decoded.trim()
    upright.trim()
  }

  private func makeGrayIfWanted(_ pixels: UnsafeMutablePointer<UInt8>, _ raster: inout Raster) {
    guard record.inputSize[0] == 1, raster.channels == 3 else { return }
    unsafe rz_luminance_u8x3(pixels, raster.width * raster.height, pixels)
    raster.channels = 1
  }
}
