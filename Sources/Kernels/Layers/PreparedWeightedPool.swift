import CKernels

/// A sum of the pixels of a square window, weighted, over [height, width, channels]: average pools and blurs.
@safe package final class PreparedWeightedPool: ImagewiseKernel {
  /// The numbers beyond the edge of the input.
  package enum Edge: Sendable {
    /// Zeros.
    case zeros
    /// Nothing: the weights of the pixels within are scaled to the sum of all.
    case nothing
    /// The input, reflected without repeating its edge.
    case reflection
  }

  let window: Window
  /// One weight for each row of the window and for each of its columns; a pixel's weight is their product.
  let weights: [Float]
  let edge: Edge
  let kernels: KernelTable
  private let rowsPerPiece: Int

  /// - Parameters:
  ///   - window: undilated; a reflected window reaches at most one pixel over the edge.
  ///   - weights: as many as the window is wide, for its rows and its columns alike.
  package init(window: Window, weights: [Float], edge: Edge, kernels: KernelTable = .current) {
    precondition(weights.count == window.kernel && window.dilation == 1, "weights of another window")
    self.window = window
    self.weights = weights
    self.edge = edge
    self.kernels = kernels
    rowsPerPiece = window.rowsPerPiece
  }

  package var label: String { "weighted pool" }
  package var pieceCount: Int { (window.outputHeight + rowsPerPiece - 1) / rowsPerPiece }

  package func run(piece: Int, _ image: ImageCall) {
    let first = piece * rowsPerPiece
    for row in first..<min(first + rowsPerPiece, window.outputHeight) {
      for column in 0..<window.outputWidth {
        unsafe sum(
          row: row, column: column, input: image.input,
          output: image.output + (row * window.outputWidth + column) * window.channels)
      }
    }
  }

  private func sum(row: Int, column: Int, input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let top = row * window.stride - window.padding
    let left = column * window.stride - window.padding
    let factor =
      edge == .nothing
      ? 1 / (weightWithin(top, window.inputHeight) * weightWithin(left, window.inputWidth)) : 1
    var more = false
    for ky in 0..<window.kernel {
      guard let y = source(top + ky, side: window.inputHeight) else { continue }
      for kx in 0..<window.kernel {
        guard let x = source(left + kx, side: window.inputWidth) else { continue }
        unsafe kernels.c.pointee.elementwise.accumulate(
          window.channels, weights[ky] * weights[kx] * factor,
          input + (y * window.inputWidth + x) * window.channels, more, output)
        more = true
      }
    }
  }

  /// The pixel that stands at a position of the padded input; nil where there is none.
  func source(_ position: Int, side: Int) -> Int? {
    if position >= 0, position < side { return position }
    guard edge == .reflection else { return nil }
    return position < 0 ? -position : 2 * side - 2 - position
  }

  /// The sum of the weights that fall on the input, of one row or column of the window.
  func weightWithin(_ start: Int, _ side: Int) -> Float {
    var sum: Float = 0
    for offset in 0..<window.kernel where start + offset >= 0 && start + offset < side {
      sum += weights[offset]
    }
    return sum
  }
}
