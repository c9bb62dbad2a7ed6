import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// Norms, biases and standardisation that go into weights before anything runs.
extension StepFactory {
  func convolution(node index: Int, norm: Int?, relu: Bool) -> Step.Kernel {
    let node = model.graph.nodes[index]
    guard case .convolution(let convolution) = node.operation else {
      preconditionFailure("\(node.name) is no convolution")
    }
    var (scale, bias) = norm.map(foldedNorm) ?? identity(channels: convolution.outputChannels)
    if convolution.hasBias {
      let own = model.parameter(node.name + ".bias")
      for channel in bias.indices { bias[channel] += Double(own.floats[channel]) * scale[channel] }
    }
    let raw = model.parameter(node.name + ".weight")
    let window = window(
      from: shapes[node.inputs[0]], to: shapes[index], kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, dilation: convolution.dilation)
    let engine = ConvolutionEngine.choose(
      window: window, outputChannels: convolution.outputChannels, groups: convolution.groups, exact: exact,
      favorsLatency: goal == .latency, kernels: kernels)
    let weights = PackedWeights(
      weights: convolution.standardization.map { standardized(raw, epsilon: $0) } ?? raw, scale: scale,
      bias: bias, groups: convolution.groups, engine: engine, pool: pool, kernels: kernels)
    if engine == .winograd {
      return .winograd(PreparedWinograd(window: window, weights: weights, relu: relu, kernels: kernels))
    }
    return .convolution(PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels))
  }

  func norm(node index: Int, pixels: Int, relu: Bool) -> Step.Kernel {
    if case .groupNormalization(let norm) = model.graph.nodes[index].operation {
      return .groupNorm(
        PreparedGroupNorm(
          pixels: pixels, groups: norm.groups, epsilon: norm.epsilon, weight: values(index, "weight"),
          bias: values(index, "bias"), relu: relu, kernels: kernels))
    }
    let (scale, bias) = foldedNorm(index)
    return .affine(
      PreparedAffine(
        pixels: pixels, scale: scale.map { Float($0) }, shift: bias.map { Float($0) }, relu: relu,
        kernels: kernels))
  }

  /// A batch norm as y = scale · x + bias, in double precision.
  private func foldedNorm(_ index: Int) -> (scale: [Double], bias: [Double]) {
    let node = model.graph.nodes[index]
    guard case .batchNormalization(let norm) = node.operation else {
      preconditionFailure("\(node.name) is no batch norm")
    }
    let weight = model.parameter(node.name + ".weight")
    let bias = model.parameter(node.name + ".bias")
    let mean = model.parameter(node.name + ".running_mean")
    let variance = model.parameter(node.name + ".running_var")
    let scales = (0..<norm.channels).map { channel in
      Double(weight.floats[channel]) / (Double(variance.floats[channel]) + norm.epsilon).squareRoot()
    }
    let biases = (0..<norm.channels).map { channel in
      Double(bias.floats[channel]) - Double(mean.floats[channel]) * scales[channel]
    }
    return (scales, biases)
  }

  private func identity(channels: Int) -> (scale: [Double], bias: [Double]) {
    (Array(repeating: 1, count: channels), Array(repeating: 0, count: channels))
  }

  /// Weights of [outputs, …] of which each output's have mean 0 and variance 1, but for epsilon.
  private func standardized(_ weights: Tensor, epsilon: Double) -> Tensor {
    let count = weights.shape.elementCount / weights.shape.dimensions[0]
    var buffer = AlignedBuffer(floatCount: weights.shape.elementCount, uninitialized: true)
    var target = buffer.mutableFloats
    let source = weights.floats
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
    return Tensor(shape: weights.shape, elementType: .float32, buffer: buffer)
  }
}
