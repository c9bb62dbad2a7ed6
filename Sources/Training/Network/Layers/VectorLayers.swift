import Kernels

/// 1 / (1 + exp(-x)).
final class SigmoidLayer: ImageLayer {
  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe PreparedSigmoid.apply(
      to: maps.input.pointer(pass, image: image), count: maps.output.elementCount,
      output: maps.output.pointer(pass, image: image))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    let output = unsafe maps.output.pointer(pass, image: image)
    let gradient = unsafe outputGradient(image, pass)
    let result = unsafe target.map.pointer(pass, image: image)
    for index in 0..<maps.output.elementCount {
      let product = unsafe gradient[index] * output[index] * (1 - output[index])
      unsafe result[index] = target.accumulates ? result[index] + product : product
    }
  }
}

/// A convolution along the channels of one pixel, zeros beyond both ends.
@safe final class ChannelConvolutionLayer: ImageLayer {
  private let kernel: Int
  private let weight: LayerParameter

  init(maps: LayerMaps, kernel: Int, weight: LayerParameter) {
    self.kernel = kernel
    self.weight = weight
    super.init(maps: maps)
  }

  /// The taps that fall on a channel of the input.
  private func taps(_ channel: Int) -> Range<Int> {
    max(0, kernel / 2 - channel)..<min(kernel, maps.input.channels + kernel / 2 - channel)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe PreparedChannelConvolution.apply(
      UnsafeBufferPointer(start: weight.values, count: kernel), to: maps.input.pointer(pass, image: image),
      channels: maps.input.channels, output: maps.output.pointer(pass, image: image))
  }

  override func backward(_ pass: NetworkPass) {
    super.backward(pass)
    guard let weightGradient = unsafe weight.gradient else { return }
    for tap in 0..<kernel {
      var sum = 0.0
      for image in 0..<pass.images {
        let input = unsafe maps.input.pointer(pass, image: image)
        let gradient = unsafe outputGradient(image, pass)
        for channel in 0..<maps.input.channels where taps(channel).contains(tap) {
          unsafe sum += Double(gradient[channel]) * Double(input[channel + tap - kernel / 2])
        }
      }
      unsafe weightGradient[tap] = Float(sum)
    }
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    let gradient = unsafe outputGradient(image, pass)
    let result = unsafe target.map.pointer(pass, image: image)
    if !target.accumulates { unsafe result.update(repeating: 0, count: maps.input.channels) }
    for channel in 0..<maps.input.channels {
      for tap in taps(channel) {
        unsafe result[channel + tap - kernel / 2] += weight.values[tap] * gradient[channel]
      }
    }
  }
}
