import Crypto
package import ImageInput
import TensorCore

/// An image's measures, and a digest of its upright pixels: images with equal digests look the same, whatever their files.
package struct MeasuredImage: Hashable, Sendable {
  package var measures: ImageMeasures
  package var pixels: ImageDigest

  package init(measures: ImageMeasures, pixels: ImageDigest) {
    self.measures = measures
    self.pixels = pixels
  }
}

/// Measures images wherever they lie. One thread at a time may use it.
package final class SourceMeter {
  private let meter = ImageMeter()
  private let files: RecordFiles

  /// - Parameter files: the open files of the records among the images.
  package init(files: RecordFiles) {
    self.files = files
  }

  /// Measures an image.
  ///
  /// - Throws: ``ImageError`` for one that cannot be read.
  package func measure(_ source: ImageSource) throws(ImageError) -> MeasuredImage {
    let (measures, digest) = try measured(source)
    return MeasuredImage(measures: measures, pixels: digest)
  }

  private func measured(_ source: ImageSource) throws(ImageError) -> (ImageMeasures, ImageDigest) {
    switch source {
    case .file(let path): return try meter.measure(atPath: path, Self.digest)
    case .illegible(let name): throw .illegible(name)
    case .data(_, let bytes): return try meter.measure(bytes.span, Self.digest)
    case .member(let path, _, let offset, let count):
      let bytes = try ImageSource.bytes(at: offset, count: count, of: path)
      return try meter.measure(bytes.span, Self.digest)
    case .record(let path, let index):
      do {
        return try files.withPlanes(path, index) { planes in
          try meter.measure(planes: planes, side: RecordFiles.side, Self.digest)
        }
      } catch let error as ImageError {
        throw error
      } catch {
        throw ImageError(.unreadable, path: path, "\(error)")
      }
    }
  }

  /// SHA-256 of the extents and the samples.
  private static func digest(_ pixels: Span<UInt8>, _ raster: Raster) -> ImageDigest {
    var hasher = SHA256()
    var extents = ByteWriter()
    for extent in [raster.width, raster.height, raster.channels] { extents.write(Int64(extent)) }
    hasher.update(data: extents.bytes)
    unsafe pixels.withUnsafeBytes { unsafe hasher.update(bufferPointer: $0) }
    return ImageDigest(Array(hasher.finalize()))
  }
}
