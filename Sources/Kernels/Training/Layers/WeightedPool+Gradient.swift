import CKernels

extension PreparedWeightedPool {
  /// The gradient of one image's input, added to what is there if it `accumulates`.
  package func backward(
    outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool
  ) {
    if !accumulates {
      unsafe inputGradient.update(
        repeating: 0, count: window.inputHeight * window.inputWidth * window.channels)
    }
    for row in 0..<window.outputHeight {
      for column in 0..<window.outputWidth {
        unsafe spread(
          row: row, column: column,
          gradient: outputGradient + (row * window.outputWidth + column) * window.channels,
          inputGradient: inputGradient)
      }
    }
  }

  /// Adds one output pixel's gradient to those of the pixels that it sums.
  private func spread(
    row: Int, column: Int, gradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>
  ) {
    let top = row * window.stride - window.padding
    let left = column * window.stride - window.padding
    let factor =
      edge == .nothing
      ? 1 / (weightWithin(top, window.inputHeight) * weightWithin(left, window.inputWidth)) : 1
    for ky in 0..<window.kernel {
      guard let y = source(top + ky, side: window.inputHeight) else { continue }
      for kx in 0..<window.kernel {
        guard let x = source(left + kx, side: window.inputWidth) else { continue }
        unsafe kernels.c.pointee.elementwise.accumulate(
          window.channels, weights[ky] * weights[kx] * factor, gradient, true,
          inputGradient + (y * window.inputWidth + x) * window.channels)
      }
    }
  }
}
