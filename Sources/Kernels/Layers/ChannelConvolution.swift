import Platform

/// A convolution along the channels of one pixel, zeros beyond both ends, then an optional sigmoid (ECA).
package struct PreparedChannelConvolution: Sendable {
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

  package func run(input: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>) {
    let reach = weight.count / 2
    for channel in 0..<channels {
      var sum: Float = 0
      for tap in max(0, reach - channel)..<min(weight.count, channels + reach - channel) {
        unsafe sum += weight[tap] * input[channel + tap - reach]
      }
      unsafe output[channel] = sum
    }
    if sigmoid { unsafe applySigmoid(output, count: channels) }
  }
}

/// Replaces each x by 1 / (1 + exp(-x)).
func applySigmoid(_ values: UnsafeMutablePointer<Float>, count: Int) {
  for index in 0..<count { unsafe values[index] = 1 / (1 + exp(-values[index])) }
}
