package import Datasets
package import ImageInput

/// An image on its way into the pipeline. Memory that it points to belongs to somebody else, and stays as it is until the run ends.
@unsafe package enum PipelineImage {
  /// An image in a file or in memory of its own.
  case source(ImageSource)
  /// The bytes of an image file.
  case bytes(UnsafeRawBufferPointer)
  /// Decoded samples, which are still to be resized, cropped and normalised.
  case pixels(StridedPixels)
  /// An input of the network.
  case tensor(StridedTensor)
  /// No image, for a reason.
  case fault(ImageError)
}

/// Images of a run, made one by one when their turn comes.
@safe package struct PipelineImages: Sendable {
  package let count: Int
  /// True if all are tensors, so that no memory is needed to decode.
  let areTensors: Bool
  private let image: @Sendable (Int) -> PipelineImage

  /// - Parameter image: gives the image at a position; called once for each, on any thread.
  package init(count: Int, areTensors: Bool = false, _ image: @escaping @Sendable (Int) -> PipelineImage) {
    self.count = count
    self.areTensors = areTensors
    unsafe self.image = image
  }

  init(_ sources: [ImageSource]) {
    unsafe self.init(count: sources.count) { unsafe .source(sources[$0]) }
  }

  subscript(index: Int) -> PipelineImage { unsafe image(index) }
}

/// An input of a network in memory that somebody else keeps: the element of channel c at row y and column x lies
/// `c · channelStride + y · rowStride + x · columnStride` bytes behind `data`. The strides may be 0 or negative.
@unsafe package struct StridedTensor: @unchecked Sendable {
  private let data: UnsafeRawPointer
  private let channelStride: Int
  private let rowStride: Int
  private let columnStride: Int

  /// - Parameter data: aligned to a float, and so are the strides.
  package init(data: UnsafeRawPointer, channelStride: Int, rowStride: Int, columnStride: Int) {
    unsafe self.data = data
    unsafe self.channelStride = channelStride
    unsafe self.rowStride = rowStride
    unsafe self.columnStride = columnStride
  }

  /// Writes the elements as [height, width, channels].
  func write(into target: inout MutableSpan<Float>, channels: Int, height: Int, width: Int) {
    precondition(target.count == channels * height * width, "an input of \(target.count) floats")
    for channel in 0..<channels {
      for row in 0..<height {
        let source = unsafe data + (channel * channelStride + row * rowStride)
        var index = row * width * channels + channel
        for column in 0..<width {
          target[index] = unsafe source.load(fromByteOffset: column * columnStride, as: Float.self)
          index += channels
        }
      }
    }
  }
}

/// Rows of floats in memory that somebody else keeps, one for each image.
@unsafe package struct FloatRows: @unchecked Sendable {
  private let data: UnsafeMutablePointer<Float>
  /// Floats of each row.
  package let rowCount: Int

  /// - Parameter data: room for all rows, one behind the other.
  package init(data: UnsafeMutablePointer<Float>, rowCount: Int) {
    unsafe self.data = data
    unsafe self.rowCount = rowCount
  }

  /// Lends a row to be filled; two threads must not fill the same one.
  package func withRow(_ row: Int, _ body: (inout MutableSpan<Float>) -> Void) {
    var span = unsafe MutableSpan(_unsafeStart: data + row * rowCount, count: rowCount)
    body(&span)
  }

  /// Fills a row with what is not a number.
  package func clear(_ row: Int) {
    unsafe (data + row * rowCount).update(repeating: .nan, count: rowCount)
  }
}
