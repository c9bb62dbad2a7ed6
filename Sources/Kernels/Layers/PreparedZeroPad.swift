/// Option A's shortcut over [height, width, channels]: every `stride`-th pixel, between `padding` channels of zeros.
@safe package final class PreparedZeroPad: ImagewiseKernel {
  let window: Window
  let padding: Int

  /// - Parameter window: a kernel of 1 with the shortcut's stride.
  package init(window: Window, padding: Int) {
    self.window = window
    self.padding = padding
  }

  package var label: String { "zero pad" }

  package func run(piece: Int, _ image: ImageCall) {
    let channels = window.channels
    let outputChannels = channels + 2 * padding
    for row in 0..<window.outputHeight {
      for column in 0..<window.outputWidth {
        let pixel = row * window.stride * window.inputWidth + column * window.stride
        let source = unsafe image.input + pixel * channels
        let target = unsafe image.output + (row * window.outputWidth + column) * outputChannels
        unsafe target.update(repeating: 0, count: padding)
        unsafe (target + padding).update(from: source, count: channels)
        unsafe (target + padding + channels).update(repeating: 0, count: padding)
      }
    }
  }
}
