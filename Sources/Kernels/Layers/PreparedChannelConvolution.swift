/// A convolution along the channels of one pixel, zeros beyond both ends, then an optional sigmoid (ECA).
@safe package final class PreparedChannelConvolution: ImagewiseKernel {
  private let channels: Int
  private let weight: [Float]
  private let sigmoid: Bool

  /// - Parameter weight: of odd count.
  package init(channels: Int, weight: [Float], sigmoid: Bool) {
    precondition(weight.count % 2 == 1, "a channel convolution of \(weight.count) weights")
    self.channels = channels
    self.weight = weight
    self.sigmoid = sigmoid
  }

  package var label: String { "channel convolution" }

  package func run(piece: Int, _ image: ImageCall) {
    unsafe weight.withUnsafeBufferPointer { weight in
      unsafe Self.apply(
        weight, to: image.input, channels: channels, output: image.output)
    }
    if sigmoid { unsafe PreparedSigmoid.apply(to: image.output, count: channels, output: image.output) }
  }

  /// Convolves along the channels of one pixel.
  package static func apply(
    _ weight: UnsafeBufferPointer<Float>, to input: UnsafePointer<Float>, channels: Int,
    output: UnsafeMutablePointer<Float>
  ) {
    let reach = weight.count / 2
    for channel in 0..<channels {
      var sum: Float = 0
      for tap in max(0, reach - channel)..<min(weight.count, channels + reach - channel) {
        unsafe sum += weight[tap] * input[channel + tap - reach]
      }
      unsafe output[channel] = sum
    }
  }
}
