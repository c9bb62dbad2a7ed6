import CKernels

/// y = scale · x + shift by channel, with optional residual and ReLU, over [pixels, channels]: a norm that no convolution
/// takes in, a sum, a gate. The second input, if there is one, takes the place of the scale.
@safe package final class PreparedAffine: ImagewiseKernel {
  private let pixels: Int
  private let scale: [Float]
  private let shift: [Float]?
  private let relu: Bool
  private let kernels: KernelTable
  private let pixelsPerPiece: Int

  /// - Parameters:
  ///   - scale: one number for each channel.
  ///   - shift: one number for each channel, or nil for none.
  package init(pixels: Int, scale: [Float], shift: [Float]?, relu: Bool, kernels: KernelTable = .current) {
    precondition(shift == nil || shift?.count == scale.count, "as many shifts as scales")
    self.pixels = pixels
    self.scale = scale
    self.shift = shift
    self.relu = relu
    self.kernels = kernels
    pixelsPerPiece = max(1, min(pixels, Self.elementsPerPiece / scale.count))
  }

  /// Numbers that a worker takes at a time: 64 KiB, so that a task's start costs nothing beside it.
  private static let elementsPerPiece = 1 << 14

  package var label: String { "affine" }
  package var pieceCount: Int { (pixels + pixelsPerPiece - 1) / pixelsPerPiece }

  package func run(piece: Int, _ image: ImageCall) {
    let channels = scale.count
    let first = piece * pixelsPerPiece
    let start = first * channels
    let count = min(pixelsPerPiece, pixels - first)
    func apply(scale: UnsafePointer<Float>, shift: UnsafePointer<Float>?) {
      unsafe kernels.c.pointee.elementwise.affine(
        count, channels, image.input + start, scale, shift, image.residual.map { unsafe $0 + start },
        channels,
        relu, image.output + start)
    }
    if let gate = unsafe image.second {
      unsafe apply(scale: gate, shift: shift)
    } else {
      unsafe apply(scale: scale, shift: shift)
    }
  }
}
