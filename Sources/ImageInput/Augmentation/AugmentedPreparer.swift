package import ModelDescriptor
package import TensorCore

/// Makes network inputs of images, changed at random as an ``Augmentation`` says; without one they are those of a
/// ``Preprocessor``.
///
/// An image is loaded, then framed as often as wanted. The buffers are kept from one image to the next: use one per
/// thread.
@safe package final class AugmentedPreparer {
  private let augmentation: Augmentation
  private let height: Int
  private let width: Int
  private var file = ByteBuffer()
  private var decoder: UprightDecoder
  private var framer: CanvasFramer
  private var editor: CanvasEditor

  /// - Throws: ``ImageError`` with `invalidRecord`, or `channels` when the input has neither 1 nor 3 of them.
  package init(_ record: Preprocessing, _ augmentation: Augmentation) throws(ImageError) {
    try checkRecord(record)
    self.augmentation = augmentation
    (height, width) = (record.inputSize[1], record.inputSize[2])
    decoder = UprightDecoder(record)
    framer = CanvasFramer(record)
    editor = CanvasEditor(Raster(width: width, height: height, channels: record.inputSize[0]))
  }

  /// Decoded pixels in memory of their owner.
  @unsafe package struct Image {
    fileprivate let pixels: UnsafePointer<UInt8>
    fileprivate let raster: Raster
  }

  /// Decodes the file at `path`; the image is valid until the next one.
  ///
  /// - Throws: ``ImageError``; its `path` is set.
  package func load(atPath path: String) throws(ImageError) -> Image {
    defer { file.trim() }
    do {
      let count = try readImageFile(atPath: path, into: &file)
      let image = try unsafe decoder.decode(file.prefix(count))
      return unsafe Image(pixels: image.pixels, raster: image.raster)
    } catch {
      throw error.at(path)
    }
  }

  /// Decodes the bytes of an image file; the image is valid until the next one.
  package func load(_ bytes: Span<UInt8>) throws(ImageError) -> Image {
    let image = try unsafe decoder.decode(bytes)
    return unsafe Image(pixels: image.pixels, raster: image.raster)
  }

  /// Takes a square image whose red, green and blue samples lie plane by plane; it is valid until the next one.
  package func load(planes: Span<UInt8>, side: Int) throws(ImageError) -> Image {
    let image = try unsafe decoder.interleave(planes, side: side)
    return unsafe Image(pixels: image.pixels, raster: image.raster)
  }

  /// Frames an image and changes it, with as many random numbers as that takes.
  ///
  /// - Parameter canvas: room for [height][width][channels] of the network's input.
  /// - Returns: the part of the normalised image that is to become 0.
  /// - Throws: ``ImageError`` with `dimensions` or `outOfMemory`.
  package func frame(
    _ image: Image, random: inout SplitMix64, into canvas: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) -> PixelRegion? {
    switch augmentation.framing {
    case .preprocessing:
      try unsafe framer.frame(image.pixels, image.raster, into: canvas)
    case .randomResizedCrop(let scale, let ratio):
      let crop = unsafe RandomRegions.crop(
        width: image.raster.width, height: image.raster.height, scale: scale, ratio: ratio,
        random: &random)
      try unsafe framer.frame(image.pixels, image.raster, crop: crop, into: canvas)
    }
    for transform in augmentation.transforms {
      try unsafe transform.definition.apply(&editor, to: canvas, random: &random)
    }
    guard augmentation.erasing > 0, random.nextDouble() < augmentation.erasing else { return nil }
    return RandomRegions.erasure(width: width, height: height, random: &random)
  }

  /// Gives back memory that only an unusually large image needed.
  package func trim() {
    decoder.trim()
    framer.trim()
  }
}
