import CKernels

/// A max-pool over bytes; beyond the edge lies the least byte, or the zero point if `padsWithZeros`.
@safe package final class PreparedByteMaxPool: ImagewiseKernel {
  private let window: Window
  private let edge: UInt8
  private let kernels: ByteKernelTable
  private let rowsPerPiece: Int

  package init(
    window: Window, padsWithZeros: Bool, scale: ByteScale, kernels: ByteKernelTable = .current
  ) {
    self.window = window
    edge = padsWithZeros ? scale.zero : 0
    self.kernels = kernels
    rowsPerPiece = window.rowsPerPiece
  }

  package var label: String { "max pool" }
  package var pieceCount: Int { (window.outputHeight + rowsPerPiece - 1) / rowsPerPiece }

  package func run(piece: Int, _ image: ImageCall) {
    let first = piece * rowsPerPiece
    var c = window.c
    unsafe kernels.c.pointee.maximum(
      &c, first, min(rowsPerPiece, window.outputHeight - first), edge, image.input.bytes,
      image.output.bytes + first * window.outputWidth * window.channels)
  }
}

/// The mean over all pixels of bytes, [pixels, channels], in bytes or floats.
@safe package final class PreparedByteMean: ImagewiseKernel {
  private let pixels: Int
  private let channels: Int
  private let correction: Int64
  private let factor: Float
  private let output: ByteScale?
  private let kernels: ByteKernelTable

  package init(
    pixels: Int, channels: Int, input: ByteScale, output: ByteScale?, kernels: ByteKernelTable = .current
  ) {
    self.pixels = pixels
    self.channels = channels
    correction = Int64(pixels) * Int64(input.zero)
    factor = Float(Double(input.scale) / Double(pixels))
    self.output = output
    self.kernels = kernels
  }

  package var label: String { "average pool" }
  /// The sums.
  package var scratchCount: Int { channels * MemoryLayout<UInt64>.stride / MemoryLayout<Float>.stride }

  package func run(piece: Int, _ image: ImageCall) {
    let sums = unsafe UnsafeMutableRawPointer(image.scratch).assumingMemoryBound(to: UInt64.self)
    unsafe kernels.c.pointee.sum(pixels, channels, image.input.bytes, sums)
    unsafe kernels.c.pointee.mean(
      channels, correction, factor, sums, output == nil, output?.factor ?? 1, output?.shift ?? 0, image.output
    )
  }
}
