/// The feature maps that a kernel reads and writes for a batch of images.
@safe package struct KernelCall {
  /// The order in which a kernel that works image by image numbers its tasks. A worker takes tasks that follow each other.
  package enum Order: Sendable {
    /// Piece by piece: a piece's weights serve all images while they are in the caches.
    case pieces
    /// Image by image: a worker mostly reads the maps that it wrote itself.
    case images
  }

  package var input: UnsafePointer<Float>
  /// The gate, or the other input of a join.
  package var second: UnsafePointer<Float>?
  /// The map that is added to the result before ReLU. It may be the output.
  package var residual: UnsafePointer<Float>?
  package var output: UnsafeMutablePointer<Float>
  /// Floats between the inputs of two images, and between their second inputs.
  package var inputStride: Int
  /// Floats between the outputs of two images, and between their residuals.
  package var outputStride: Int
  package var images: Int
  package var workers: Int
  package var order: Order

  package init(
    input: UnsafePointer<Float>, second: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil,
    output: UnsafeMutablePointer<Float>, inputStride: Int, outputStride: Int, images: Int, workers: Int,
    order: Order
  ) {
    unsafe self.input = input
    unsafe self.second = second
    unsafe self.residual = residual
    unsafe self.output = output
    self.inputStride = inputStride
    self.outputStride = outputStride
    self.images = images
    self.workers = workers
    self.order = order
  }

  /// The maps of one image.
  func image(_ index: Int, scratch: UnsafeMutablePointer<Float>) -> ImageCall {
    unsafe ImageCall(
      input: input + index * inputStride, second: second.map { unsafe $0 + index * inputStride },
      residual: residual.map { unsafe $0 + index * outputStride }, output: output + index * outputStride,
      scratch: scratch)
  }
}

/// The feature maps of one image, with the scratch of the worker that computes it.
@safe package struct ImageCall {
  let input: UnsafePointer<Float>
  /// The gate, or the other input of a join.
  let second: UnsafePointer<Float>?
  /// The map that is added to the result before ReLU. It may be the output.
  let residual: UnsafePointer<Float>?
  let output: UnsafeMutablePointer<Float>
  private let memory: UnsafeMutablePointer<Float>?

  /// - Parameter scratch: for kernels that need some; aligned to 8 bytes.
  package init(
    input: UnsafePointer<Float>, second: UnsafePointer<Float>? = nil, residual: UnsafePointer<Float>? = nil,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>? = nil
  ) {
    unsafe self.input = input
    unsafe self.second = second
    unsafe self.residual = residual
    unsafe self.output = output
    unsafe memory = scratch
  }

  /// The worker's scratch.
  ///
  /// - Precondition: the call was made with some.
  var scratch: UnsafeMutablePointer<Float> {
    guard let memory = unsafe memory else { preconditionFailure("a kernel without its scratch") }
    return unsafe memory
  }
}
