/// The gradients of convolutions and linear layers.
extension Reference {
  /// The gradient of a convolution's input.
  ///
  /// - Parameters:
  ///   - outputGradient: that of its output.
  ///   - inputHeight: of the convolution's input.
  ///   - weights: [outputs, inputs / groups, kernel, kernel]
  package static func inputGradient(
    _ outputGradient: Map, weights: [Float], inputChannels: Int, inputHeight: Int, inputWidth: Int,
    kernel: Int,
    stride: Int, padding: Int, dilation: Int = 1, groups: Int = 1
  ) -> Map {
    var sums = Array(repeating: 0.0, count: inputChannels * inputHeight * inputWidth)
    forEachProduct(
      of: outputGradient, inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups
    ) { gradient, input, weight in
      sums[input] += Double(gradient) * Double(weights[weight])
    }
    return Map(
      channels: inputChannels, height: inputHeight, width: inputWidth, values: sums.map { Float($0) })
  }

  /// The gradient of a convolution's weights for one image, [outputs, inputs / groups, kernel, kernel], added to the sums
  /// so far.
  package static func addWeightGradient(
    _ outputGradient: Map, input: Map, kernel: Int, stride: Int, padding: Int, dilation: Int = 1,
    groups: Int = 1, to sums: inout [Double]
  ) {
    forEachProduct(
      of: outputGradient, inputChannels: input.channels, inputHeight: input.height, inputWidth: input.width,
      kernel: kernel, stride: stride, padding: padding, dilation: dilation, groups: groups
    ) { gradient, place, weight in
      sums[weight] += Double(gradient) * Double(input.values[place])
    }
  }

  /// Calls with the gradient of an output, the index of an input and the index of a weight, for all whose product the output
  /// has.
  private static func forEachProduct(
    of outputGradient: Map, inputChannels: Int, inputHeight: Int, inputWidth: Int, kernel: Int, stride: Int,
    padding: Int, dilation: Int, groups: Int, _ body: (Float, Int, Int) -> Void
  ) {
    let groupInputs = inputChannels / groups
    let groupOutputs = outputGradient.channels / groups
    for o in 0..<outputGradient.channels {
      for y in 0..<outputGradient.height {
        for x in 0..<outputGradient.width {
          for i in 0..<groupInputs {
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let inputY = y * stride + ky * dilation - padding
                let inputX = x * stride + kx * dilation - padding
                guard (0..<inputHeight).contains(inputY), (0..<inputWidth).contains(inputX) else { continue }
                let channel = o / groupOutputs * groupInputs + i
                body(
                  outputGradient[o, y, x], (channel * inputHeight + inputY) * inputWidth + inputX,
                  ((o * groupInputs + i) * kernel + ky) * kernel + kx)
              }
            }
          }
        }
      }
    }
  }
}
