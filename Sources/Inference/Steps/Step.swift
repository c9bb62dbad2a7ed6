import Kernels

/// One step of a plan, ready to run.
struct Step: Sendable {
  /// One feature map in an image's part of the arena.
  struct Place: Sendable {
    var offset: Int
    /// Its size, padded.
    var floats: Int

    /// The place of a map that no step needs.
    static let none = Place(offset: 0, floats: 0)
  }

  /// The path of the node that gives the step its weights or its work.
  let name: String
  /// [height, width, channels]
  let outputShape: [Int]
  /// Multiplications with additions for one image, as the layer is defined.
  let multiplyAdds: Int
  let kernel: any PreparedKernel
  let input: Place
  /// The gate, or the other input of a join.
  let second: Place?
  let residual: Place?
  let output: Place

  /// Floats of feature maps that one image reads and writes.
  var activationFloats: Int {
    input.floats + output.floats + (residual?.floats ?? 0) + (second?.floats ?? 0)
  }

  /// The feature maps of a batch.
  ///
  /// - Parameters:
  ///   - arena: the feature maps of all images.
  ///   - images: the images of the batch.
  ///   - imageStride: floats between the feature maps of two images.
  func call(
    _ arena: UnsafeMutablePointer<Float>, images: Range<Int>, imageStride: Int, workers: Int
  ) -> KernelCall {
    func pointer(_ place: Place) -> UnsafeMutablePointer<Float> {
      unsafe arena + images.lowerBound * imageStride + place.offset
    }
    return unsafe KernelCall(
      input: pointer(input), second: second.map { unsafe UnsafePointer(pointer($0)) },
      residual: residual.map { unsafe UnsafePointer(pointer($0)) }, output: pointer(output),
      inputStride: imageStride, outputStride: imageStride, images: images.count, workers: workers,
      order: .pieces)
  }
}
