/// Option A's shortcut over [height, width, channels]: every `stride`-th pixel, between `padding` channels of zeros.
@safe package final class PreparedZeroPad: ImagewiseKernel {
  let window: Window
  let padding: Int
  private let zero: UInt8?

  /// - Parameters:
  ///   - window: a kernel of 1 with the shortcut's stride.
  ///   - zero: the zero point of a map of bytes; nil for one of floats.
  package init(window: Window, padding: Int, zero: UInt8? = nil) {
    self.window = window
    self.padding = padding
    self.zero = zero
  }

  package var label: String { "zero pad" }

  package func run(piece: Int, _ image: ImageCall) {
    if let zero {
      unsafe pad(image.input.bytes, zero: zero, to: image.output.bytes)
    } else {
      unsafe pad(image.input, zero: 0, to: image.output)
    }
  }

  private func pad<Number>(
    _ input: UnsafePointer<Number>, zero: Number, to output: UnsafeMutablePointer<Number>
  ) {
    let channels = window.channels
    let outputChannels = channels + 2 * padding
    for row in 0..<window.outputHeight {
      for column in 0..<window.outputWidth {
        let pixel = row * window.stride * window.inputWidth + column * window.stride
        let source = unsafe input + pixel * channels
        let target = unsafe output + (row * window.outputWidth + column) * outputChannels
        unsafe target.update(repeating: zero, count: padding)
        unsafe (target + padding).update(from: source, count: channels)
        unsafe (target + padding + channels).update(repeating: zero, count: padding)
      }
    }
  }
}
