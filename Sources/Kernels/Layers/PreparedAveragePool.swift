import CKernels

/// The mean over all pixels of [pixels, channels].
@safe package final class PreparedAveragePool: ImagewiseKernel {
  private let pixels: Int
  private let channels: Int
  private let kernels: KernelTable
  /// Many enough that each pixel gives whole cache lines, one after the other.
  private static let channelsPerPiece = 256

  package init(pixels: Int, channels: Int, kernels: KernelTable = .current) {
    self.pixels = pixels
    self.channels = channels
    self.kernels = kernels
  }

  package var label: String { "average pool" }
  package var pieceCount: Int { (channels + Self.channelsPerPiece - 1) / Self.channelsPerPiece }

  package func run(piece: Int, _ image: ImageCall) {
    let first = piece * Self.channelsPerPiece
    unsafe kernels.c.pointee.pooling.average(
      pixels, min(Self.channelsPerPiece, channels - first), channels, image.input + first,
      image.output + first)
  }
}
