import CKernels

/// A max-pool over [height, width, channels]; beyond the edge lies -∞, or 0 if `padsWithZeros`.
@safe package final class PreparedMaxPool: ImagewiseKernel {
  private let window: Window
  private let padsWithZeros: Bool
  private let kernels: KernelTable
  private let rowsPerPiece: Int

  package init(window: Window, padsWithZeros: Bool = false, kernels: KernelTable = .current) {
    self.window = window
    self.padsWithZeros = padsWithZeros
    self.kernels = kernels
    rowsPerPiece = window.rowsPerPiece
  }

  package var label: String { "max pool" }
  package var pieceCount: Int { (window.outputHeight + rowsPerPiece - 1) / rowsPerPiece }

  package func run(piece: Int, _ image: ImageCall) {
    let first = piece * rowsPerPiece
    let count = min(rowsPerPiece, window.outputHeight - first)
    var c = window.c
    unsafe kernels.c.pointee.pooling.maximum(
      &c, first, count, image.input, image.output + first * window.outputWidth * window.channels)
    if padsWithZeros {
      for row in first..<first + count { unsafe raiseEdges(row: row, output: image.output) }
    }
  }

  /// Makes 0 the least value of one row's windows that hang over an edge.
  private func raiseEdges(row: Int, output: UnsafeMutablePointer<Float>) {
    func hangsOver(_ position: Int, _ side: Int) -> Bool {
      let start = position * window.stride - window.padding
      return start < 0 || start + window.kernel > side
    }
    let wholeRow = hangsOver(row, window.inputHeight)
    for column in 0..<window.outputWidth where wholeRow || hangsOver(column, window.inputWidth) {
      let pixel = unsafe output + (row * window.outputWidth + column) * window.channels
      for channel in 0..<window.channels where unsafe pixel[channel] < 0 { unsafe pixel[channel] = 0 }
    }
  }
}

/// The maximum over all pixels of [pixels, channels].
@safe package final class PreparedGlobalMaxPool: ImagewiseKernel {
  private let pool: PreparedMaxPool

  /// - Parameters:
  ///   - height: rows of the input.
  ///   - width: columns of the input.
  package init(height: Int, width: Int, channels: Int, kernels: KernelTable = .current) {
    // The input as one row, which a square window covers, hanging over below.
    pool = PreparedMaxPool(
      window: Window(
        inputHeight: 1, inputWidth: height * width, channels: channels, outputHeight: 1, outputWidth: 1,
        kernel: height * width, stride: 1, padding: 0), kernels: kernels)
  }

  package var label: String { "global max pool" }

  package func run(piece: Int, _ image: ImageCall) {
    pool.run(piece: 0, image)
  }
}

extension Window {
  /// Output rows that a worker takes at a time: some 512 pixels, so that a task's start costs nothing beside it.
  var rowsPerPiece: Int { max(1, min(outputHeight, 512 / outputWidth)) }
}
