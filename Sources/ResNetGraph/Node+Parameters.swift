import TensorCore

extension Node {
  /// The tensors of this node, in PyTorch's order.
  func parameters(index: Int) -> [Parameter] {
    func parameter(_ suffix: String, _ shape: Shape, _ role: Parameter.Role) -> Parameter {
      Parameter(name: "\(name).\(suffix)", shape: shape, role: role, node: index)
    }
    switch operation {
    case .convolution(let convolution):
      let weight = parameter(
        "weight",
        [
          convolution.outputChannels, convolution.inputChannels / convolution.groups, convolution.kernel,
          convolution.kernel,
        ], .weight)
      return convolution.hasBias
        ? [weight, parameter("bias", [convolution.outputChannels], .bias)] : [weight]
    case .batchNormalization(let norm):
      return [
        parameter("weight", [norm.channels], .weight),
        parameter("bias", [norm.channels], .bias),
        parameter("running_mean", [norm.channels], .runningMean),
        parameter("running_var", [norm.channels], .runningVariance),
      ]
    case .groupNormalization(let norm):
      return [
        parameter("weight", [norm.channels], .weight),
        parameter("bias", [norm.channels], .bias),
      ]
    case .linear(let linear):
      let weight = parameter(
        "weight",
        linear.isConvolution ? [linear.outputs, linear.inputs, 1, 1] : [linear.outputs, linear.inputs],
        .weight)
      return linear.hasBias ? [weight, parameter("bias", [linear.outputs], .bias)] : [weight]
    case .channelConvolution(let convolution):
      return [parameter("weight", [1, 1, convolution.kernel], .weight)]
    case .input, .relu, .sigmoid, .maxPool, .averagePool, .blur, .globalAveragePool, .globalMaxPool, .add,
      .mean,
      .concatenate, .scale, .zeroPadShortcut:
      return []
    }
  }
}
