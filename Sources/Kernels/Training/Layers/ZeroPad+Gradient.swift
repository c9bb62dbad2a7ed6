extension PreparedZeroPad {
  /// The gradient of one image's input, added to what is there if it `accumulates`.
  package func backward(
    outputGradient: UnsafePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool
  ) {
    let channels = window.channels
    if !accumulates {
      unsafe inputGradient.update(repeating: 0, count: window.inputHeight * window.inputWidth * channels)
    }
    for row in 0..<window.outputHeight {
      for column in 0..<window.outputWidth {
        let target =
          unsafe inputGradient + (row * window.stride * window.inputWidth + column * window.stride) * channels
        let pixel = row * window.outputWidth + column
        let source = unsafe outputGradient + pixel * (channels + 2 * padding) + padding
        for channel in 0..<channels { unsafe target[channel] += source[channel] }
      }
    }
  }
}
