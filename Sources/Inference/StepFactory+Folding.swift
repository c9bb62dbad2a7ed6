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
    let (scale, bias) = model.scaleAndShift(ofConvolution: index, norm: norm)
    let window = window(
      from: shapes[node.inputs[0]], to: shapes[index], kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, dilation: convolution.dilation)
    let engine = ConvolutionEngine.choose(
      window: window, outputChannels: convolution.outputChannels, groups: convolution.groups, exact: exact,
      favorsLatency: goal == .latency, kernels: kernels)
    let weights = PackedWeights(
      weights: model.weights(ofConvolution: index), scale: scale, bias: bias, groups: convolution.groups,
      engine: engine, pool: pool, kernels: kernels)
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
    let (scale, shift) = model.scaleAndShift(ofNorm: index)
    return .affine(
      PreparedAffine(
        pixels: pixels, scale: scale.map { Float($0) }, shift: shift.map { Float($0) }, relu: relu,
        kernels: kernels))
  }
}
