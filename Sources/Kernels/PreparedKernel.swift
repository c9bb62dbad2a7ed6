/// One computation of a network made ready to run: weights packed, cut into tasks, scratch known.
///
/// The tasks of a batch may run at once, in any order and on any worker; the results are the same bits.
package protocol PreparedKernel: AnyObject, Sendable {
  /// The name that profiles print.
  var label: String { get }
  /// Bytes of packed weights that every run reads.
  var weightBytes: Int { get }
  /// Floats of scratch that each worker needs.
  var scratchCount: Int { get }

  /// The number of independent pieces of a batch.
  func taskCount(images: Int, workers: Int) -> Int

  /// Computes one piece of a batch. Allocates nothing.
  ///
  /// - Parameters:
  ///   - task: 0 ..< ``taskCount(images:workers:)`` for the images and workers of the call.
  ///   - scratch: ``scratchCount`` floats of this worker, aligned to 8 bytes.
  func run(task: Int, _ call: KernelCall, scratch: UnsafeMutablePointer<Float>)
}

extension PreparedKernel {
  package var weightBytes: Int { 0 }
  package var scratchCount: Int { 0 }
}

/// A kernel that computes each image alone, in the same pieces.
package protocol ImagewiseKernel: PreparedKernel {
  /// Independent pieces of one image's output.
  var pieceCount: Int { get }

  /// Computes one piece of one image.
  func run(piece: Int, _ image: ImageCall)
}

extension ImagewiseKernel {
  package var pieceCount: Int { 1 }

  package func taskCount(images: Int, workers: Int) -> Int { pieceCount * images }

  package func run(task: Int, _ call: KernelCall, scratch: UnsafeMutablePointer<Float>) {
    switch call.order {
    case .pieces:
      let (piece, image) = task.quotientAndRemainder(dividingBy: call.images)
      unsafe run(piece: piece, call.image(image, scratch: scratch))
    case .images:
      let (image, piece) = task.quotientAndRemainder(dividingBy: pieceCount)
      unsafe run(piece: piece, call.image(image, scratch: scratch))
    }
  }

  /// Computes all of one image.
  package func run(_ image: ImageCall) {
    for piece in 0..<pieceCount { run(piece: piece, image) }
  }
}
