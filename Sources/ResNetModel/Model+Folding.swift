import ResNetGraph
package import TensorCore

/// Norms, biases and standardisation as the numbers that a convolution can take in. All programs that run or export a
/// model compute them here, so that they compute with the same ones.
extension Model {
  /// A batch norm as y = scale · x + shift, by channel, in double precision.
  ///
  /// - Precondition: the node is a batch norm.
  package func scaleAndShift(ofNorm index: Int) -> (scale: [Double], shift: [Double]) {
    let node = graph.nodes[index]
    guard case .batchNormalization(let norm) = node.operation else {
      preconditionFailure("\(node.name) is no batch norm")
    }
    let weight = parameter(node.name + ".weight")
    let bias = parameter(node.name + ".bias")
    let mean = parameter(node.name + ".running_mean")
    let variance = parameter(node.name + ".running_var")
    let scale = (0..<norm.channels).map { channel in
      Double(weight.floats[channel]) / (Double(variance.floats[channel]) + norm.epsilon).squareRoot()
    }
    let shift = (0..<norm.channels).map { channel in
      Double(bias.floats[channel]) - Double(mean.floats[channel]) * scale[channel]
    }
    return (scale, shift)
  }

  /// A convolution's own bias and the batch norm after it as one map of the sums, y = scale · x + shift, by output channel,
  /// in double precision.
  ///
  /// - Parameter norm: the node of the batch norm; nil for none.
  /// - Precondition: the nodes are a convolution and a batch norm of its channels.
  package func scaleAndShift(
    ofConvolution index: Int, norm: Int?
  ) -> (scale: [Double], shift: [Double]) {
    let convolution = convolution(index)
    let count = convolution.outputChannels
    var (scale, shift) =
      norm.map(scaleAndShift(ofNorm:))
      ?? (Array(repeating: 1, count: count), Array(repeating: 0, count: count))
    if convolution.hasBias {
      let own = parameter(graph.nodes[index].name + ".bias")
      for channel in shift.indices { shift[channel] += Double(own.floats[channel]) * scale[channel] }
    }
    return (scale, shift)
  }

  /// The weights that a convolution computes with: its parameter, standardised if it says so.
  ///
  /// - Precondition: the node is a convolution.
  /// - Complexity: O(number of weights) with standardisation, else O(1), as the elements are shared.
  package func weights(ofConvolution index: Int) -> Tensor {
    let weights = parameter(graph.nodes[index].name + ".weight")
    return convolution(index).standardization.map { weights.standardized(epsilon: $0) } ?? weights
  }

  private func convolution(_ index: Int) -> Convolution {
    let node = graph.nodes[index]
    guard case .convolution(let convolution) = node.operation else {
      preconditionFailure("\(node.name) is no convolution")
    }
    return convolution
  }
}

extension Tensor {
  /// Weights of [outputs, …] of which each output's have mean 0 and variance 1, but for epsilon.
  fileprivate func standardized(epsilon: Double) -> Tensor {
    let count = shape.elementCount / shape.dimensions[0]
    var buffer = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var target = buffer.mutableFloats
    let source = floats
    for start in stride(from: 0, to: source.count, by: count) {
      var mean = 0.0
      for index in start..<start + count { mean += Double(source[index]) }
      mean /= Double(count)
      var variance = 0.0
      for index in start..<start + count {
        let difference = Double(source[index]) - mean
        variance += difference * difference
      }
      let inverse = 1 / (variance / Double(count) + epsilon).squareRoot()
      for index in start..<start + count { target[index] = Float((Double(source[index]) - mean) * inverse) }
    }
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }
}
