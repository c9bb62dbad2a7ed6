import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// The kernels of convolutions, with norms, biases and standardisation in their weights, and of the other norms.
extension StepFactory {
  func convolution(node index: Int, norm: Int?, relu: Bool) -> any PreparedKernel {
    let node = model.graph.nodes[index]
    guard case .convolution(let convolution) = node.operation else {
      preconditionFailure("\(node.name) is no convolution")
    }
    let (scale, bias) = model.scaleAndShift(ofConvolution: index, norm: norm)
    let window = window(
      from: shapes[node.inputs[0]], to: shapes[index], kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, dilation: convolution.dilation)
    let geometry = ConvolutionGeometry(
      window: window, outputChannels: convolution.outputChannels, groups: convolution.groups)
    let engine = ConvolutionEngine.choose(
      geometry, exact: exact, favorsLatency: goal == .latency, kernels: kernels)
    return engine.prepare(
      geometry, weights: model.weights(ofConvolution: index), scale: scale, bias: bias, relu: relu,
      pool: pool, kernels: kernels)
  }

  func norm(node index: Int, pixels: Int, relu: Bool) -> any PreparedKernel {
    if case .groupNormalization(let norm) = model.graph.nodes[index].operation {
      return PreparedGroupNorm(
        pixels: pixels, groups: norm.groups, epsilon: norm.epsilon, weight: values(index, "weight"),
        bias: values(index, "bias"), relu: relu, kernels: kernels)
    }
    let (scale, shift) = model.scaleAndShift(ofNorm: index)
    return PreparedAffine(
      pixels: pixels, scale: scale.map { Float($0) }, shift: shift.map { Float($0) }, relu: relu,
      kernels: kernels)
  }
}
