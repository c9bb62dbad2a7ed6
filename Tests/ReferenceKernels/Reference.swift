/// Every operation as its definition reads, in loops, one number at a time and summed in double precision. Tests compare
/// the kernels with it.
///
/// Feature maps are [channels, height, width] here, as in PyTorch.
package enum Reference {
  /// A feature map of one image.
  package struct Map: Hashable, Sendable {
    package var channels: Int
    package var height: Int
    package var width: Int
    package var values: [Float]

    package init(channels: Int, height: Int, width: Int, values: [Float]? = nil) {
      self.channels = channels
      self.height = height
      self.width = width
      self.values = values ?? Array(repeating: 0, count: channels * height * width)
      precondition(self.values.count == channels * height * width, "values of another shape")
    }

    package subscript(channel: Int, y: Int, x: Int) -> Float {
      get { values[(channel * height + y) * width + x] }
      set { values[(channel * height + y) * width + x] = newValue }
    }
  }

  /// - Parameter weights: [outputChannels, inputChannels / groups, kernel, kernel]
  package static func convolution(
    _ input: Map, weights: [Float], outputChannels: Int, kernel: Int, stride: Int, padding: Int,
    dilation: Int = 1, groups: Int = 1
  ) -> Map {
    let reach = dilation * (kernel - 1) + 1
    let groupInputs = input.channels / groups
    let groupOutputs = outputChannels / groups
    var output = Map(
      channels: outputChannels, height: (input.height + 2 * padding - reach) / stride + 1,
      width: (input.width + 2 * padding - reach) / stride + 1)
    for o in 0..<outputChannels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          var sum = 0.0
          for i in 0..<groupInputs {
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let inputY = y * stride + ky * dilation - padding
                let inputX = x * stride + kx * dilation - padding
                guard (0..<input.height).contains(inputY), (0..<input.width).contains(inputX) else {
                  continue
                }
                let weight = weights[((o * groupInputs + i) * kernel + ky) * kernel + kx]
                sum += Double(weight) * Double(input[o / groupOutputs * groupInputs + i, inputY, inputX])
              }
            }
          }
          output[o, y, x] = Float(sum)
        }
      }
    }
    return output
  }

  package static func batchNormalization(
    _ input: Map, weight: [Float], bias: [Float], mean: [Float], variance: [Float], epsilon: Double
  ) -> Map {
    var output = input
    for channel in 0..<input.channels {
      let scale = Double(weight[channel]) / (Double(variance[channel]) + epsilon).squareRoot()
      for y in 0..<input.height {
        for x in 0..<input.width {
          output[channel, y, x] = Float(
            (Double(input[channel, y, x]) - Double(mean[channel])) * scale + Double(bias[channel]))
        }
      }
    }
    return output
  }

  package static func relu(_ input: Map) -> Map {
    var output = input
    for index in output.values.indices { output.values[index] = max(output.values[index], 0) }
    return output
  }

  package static func add(_ a: Map, _ b: Map) -> Map {
    var output = a
    for index in output.values.indices { output.values[index] += b.values[index] }
    return output
  }

  package static func maxPool(_ input: Map, kernel: Int, stride: Int, padding: Int) -> Map {
    var output = Map(
      channels: input.channels, height: (input.height + 2 * padding - kernel) / stride + 1,
      width: (input.width + 2 * padding - kernel) / stride + 1)
    for channel in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          var best = -Float.infinity
          for inputY in max(0, y * stride - padding)..<min(input.height, y * stride - padding + kernel) {
            for inputX in max(0, x * stride - padding)..<min(input.width, x * stride - padding + kernel) {
              best = max(best, input[channel, inputY, inputX])
            }
          }
          output[channel, y, x] = best
        }
      }
    }
    return output
  }

  package static func globalAveragePool(_ input: Map) -> Map {
    var output = Map(channels: input.channels, height: 1, width: 1)
    let pixels = input.height * input.width
    for channel in 0..<input.channels {
      let values = input.values[channel * pixels..<(channel + 1) * pixels]
      output[channel, 0, 0] = Float(values.reduce(0.0) { $0 + Double($1) } / Double(pixels))
    }
    return output
  }

  /// - Parameter weight: [outputs, inputs]
  package static func linear(_ input: Map, weight: [Float], bias: [Float]) -> Map {
    var output = Map(channels: bias.count, height: 1, width: 1)
    for o in bias.indices {
      let products = input.values.indices.map {
        Double(weight[o * input.values.count + $0]) * Double(input.values[$0])
      }
      output[o, 0, 0] = Float(products.reduce(Double(bias[o]), +))
    }
    return output
  }

  /// Option A: every `stride`-th pixel, between `padding` channels of zeros.
  package static func zeroPadShortcut(_ input: Map, stride: Int, padding: Int) -> Map {
    var output = Map(
      channels: input.channels + 2 * padding, height: (input.height - 1) / stride + 1,
      width: (input.width - 1) / stride + 1)
    for channel in 0..<input.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          output[channel + padding, y, x] = input[channel, y * stride, x * stride]
        }
      }
    }
    return output
  }
}
