import Platform

/// The operations of the family's variants.
extension Reference {
  package static func groupNormalization(
    _ input: Map, groups: Int, weight: [Float], bias: [Float], epsilon: Double
  ) -> Map {
    var output = input
    let count = input.values.count / groups
    let pixels = input.height * input.width
    for group in 0..<groups {
      let values = input.values[group * count..<(group + 1) * count].map(Double.init)
      let mean = values.reduce(0, +) / Double(count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      for index in values.indices {
        let channel = (group * count + index) / pixels
        output.values[group * count + index] = Float(
          (values[index] - mean) / (variance + epsilon).squareRoot() * Double(weight[channel])
            + Double(bias[channel]))
      }
    }
    return output
  }

  package static func sigmoid(_ input: Map) -> Map {
    var output = input
    output.values = input.values.map { Float(1 / (1 + exp(-Double($0)))) }
    return output
  }

  /// A max-pool with `padding` zeros on all sides.
  package static func maxPoolOfZeroPadded(_ input: Map, kernel: Int, stride: Int, padding: Int) -> Map {
    var padded = Map(
      channels: input.channels, height: input.height + 2 * padding, width: input.width + 2 * padding)
    for channel in 0..<input.channels {
      for y in 0..<input.height {
        for x in 0..<input.width { padded[channel, y + padding, x + padding] = input[channel, y, x] }
      }
    }
    return maxPool(padded, kernel: kernel, stride: stride, padding: 0)
  }

  /// Windows from the first pixel on until one reaches the far edge; each takes the pixels that it has.
  package static func partialMaxPool(_ input: Map, kernel: Int, stride: Int) -> Map {
    func starts(_ side: Int) -> [Int] {
      var starts = [0]
      while let last = starts.last, last + kernel < side, last + stride < side {
        starts.append(last + stride)
      }
      return starts
    }
    let (rows, columns) = (starts(input.height), starts(input.width))
    var output = Map(channels: input.channels, height: rows.count, width: columns.count)
    for channel in 0..<input.channels {
      for (y, row) in rows.enumerated() {
        for (x, column) in columns.enumerated() {
          var best = -Float.infinity
          for inputY in row..<min(row + kernel, input.height) {
            for inputX in column..<min(column + kernel, input.width) {
              best = max(best, input[channel, inputY, inputX])
            }
          }
          output[channel, y, x] = best
        }
      }
    }
    return output
  }

  /// - Parameters:
  ///   - height: of the output.
  ///   - countsAll: true if the part beyond the far edges counts, as zeros.
  package static func averagePool(
    _ input: Map, kernel: Int, stride: Int, height: Int, width: Int, countsAll: Bool
  ) -> Map {
    var output = Map(channels: input.channels, height: height, width: width)
    for channel in 0..<output.channels {
      for y in 0..<height {
        for x in 0..<width {
          var values: [Double] = []
          for inputY in y * stride..<min(input.height, y * stride + kernel) {
            for inputX in x * stride..<min(input.width, x * stride + kernel) {
              values.append(Double(input[channel, inputY, inputX]))
            }
          }
          output[channel, y, x] = Float(
            values.reduce(0, +) / Double(countsAll ? kernel * kernel : values.count))
        }
      }
    }
    return output
  }

  package static func blur(_ input: Map, stride: Int) -> Map {
    func reflected(_ position: Int, _ side: Int) -> Int {
      position < 0 ? -position : position >= side ? 2 * side - 2 - position : position
    }
    var output = Map(
      channels: input.channels, height: (input.height - 1) / stride + 1, width: (input.width - 1) / stride + 1
    )
    let weights = [1.0, 2.0, 1.0]
    for channel in 0..<output.channels {
      for y in 0..<output.height {
        for x in 0..<output.width {
          var sum = 0.0
          for ky in 0..<3 {
            for kx in 0..<3 {
              let value = input[
                channel, reflected(y * stride + ky - 1, input.height),
                reflected(x * stride + kx - 1, input.width)]
              sum += weights[ky] * weights[kx] / 16 * Double(value)
            }
          }
          output[channel, y, x] = Float(sum)
        }
      }
    }
    return output
  }

  package static func globalMaxPool(_ input: Map) -> Map {
    let pixels = input.height * input.width
    return Map(
      channels: input.channels, height: 1, width: 1,
      values: (0..<input.channels).map { channel in
        input.values[channel * pixels..<(channel + 1) * pixels].max() ?? 0
      })
  }

  package static func channelConvolution(_ input: Map, weight: [Float]) -> Map {
    var output = input
    for channel in 0..<input.channels {
      var sum = 0.0
      for tap in weight.indices {
        let source = channel + tap - weight.count / 2
        if (0..<input.channels).contains(source) { sum += Double(weight[tap]) * Double(input.values[source]) }
      }
      output.values[channel] = Float(sum)
    }
    return output
  }

  package static func mean(_ a: Map, _ b: Map) -> Map {
    var output = a
    for index in output.values.indices { output.values[index] = 0.5 * (a.values[index] + b.values[index]) }
    return output
  }

  package static func concatenate(_ a: Map, _ b: Map) -> Map {
    Map(channels: a.channels + b.channels, height: a.height, width: a.width, values: a.values + b.values)
  }

  /// - Parameter gate: one number for each channel.
  package static func scale(_ input: Map, by gate: Map) -> Map {
    var output = input
    let pixels = input.height * input.width
    for index in output.values.indices { output.values[index] *= gate.values[index / pixels] }
    return output
  }

  /// Weights of [outputs, …], each output's with mean 0 and variance 1 but for `epsilon`.
  package static func standardized(_ weights: [Float], outputs: Int, epsilon: Double) -> [Float] {
    let count = weights.count / outputs
    return (0..<outputs).flatMap { output in
      let values = weights[output * count..<(output + 1) * count].map(Double.init)
      let mean = values.reduce(0, +) / Double(count)
      let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      return values.map { Float(($0 - mean) / (variance + epsilon).squareRoot()) }
    }
  }
}
