import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// Makes steps that can run out of lowered ones.
struct StepFactory {
  let model: Model
  let shapes: [FeatureShape]
  let exact: Bool
  let goal: InferenceGoal
  let pool: WorkerPool
  let kernels: KernelTable

  /// - Parameter places: where each node's output lies.
  func step(for lowered: LoweredStep, places: [Step.Place]) -> Step {
    let shape = shapes[lowered.output]
    return Step(
      name: name(of: lowered), outputShape: [shape.height, shape.width, shape.channels],
      multiplyAdds: multiplyAdds(of: lowered), kernel: kernel(for: lowered), input: places[lowered.input],
      residual: lowered.residual.map { places[$0] }, output: places[lowered.output])
  }

  private func multiplyAdds(of step: LoweredStep) -> Int {
    switch step.kind {
    case .convolution(let node, _), .linear(let node):
      model.graph.nodes[node].operation.multiplyAdds(output: shapes[node])
    case .maxPool, .averagePool, .zeroPad: 0
    }
  }

  private func name(of step: LoweredStep) -> String {
    switch step.kind {
    case .convolution(let node, _), .linear(let node): model.graph.nodes[node].name
    case .maxPool, .averagePool, .zeroPad: model.graph.nodes[step.output].name
    }
  }

  private func kernel(for step: LoweredStep) -> Step.Kernel {
    let input = shapes[step.input]
    switch step.kind {
    case .convolution(let node, let norm):
      return convolution(node: node, norm: norm, relu: step.relu)
    case .maxPool(let pool):
      return .maxPool(
        PreparedMaxPool(
          window: window(
            from: input, to: shapes[step.output], kernel: pool.kernel, stride: pool.stride,
            padding: pool.padding),
          kernels: kernels))
    case .averagePool:
      return .averagePool(
        PreparedAveragePool(pixels: input.height * input.width, channels: input.channels, kernels: kernels))
    case .zeroPad(let shortcut):
      return .zeroPad(
        PreparedZeroPad(
          window: window(
            from: input, to: shapes[step.output], kernel: 1, stride: shortcut.stride, padding: 0),
          padding: shortcut.padding))
    case .linear(let node):
      let name = model.graph.nodes[node].name
      return .linear(
        PreparedLinear(
          weight: model.parameter(name + ".weight"), bias: model.parameter(name + ".bias"), relu: step.relu,
          pool: pool, kernels: kernels))
    }
  }

  private func convolution(node index: Int, norm: Int?, relu: Bool) -> Step.Kernel {
    let node = model.graph.nodes[index]
    guard case .convolution(let convolution) = node.operation else {
      preconditionFailure("\(node.name) is no convolution")
    }
    let (scale, bias) = norm.map(foldedNorm) ?? identity(channels: convolution.outputChannels)
    let window = window(
      from: shapes[node.inputs[0]], to: shapes[index], kernel: convolution.kernel, stride: convolution.stride,
      padding: convolution.padding, dilation: convolution.dilation)
    let engine = ConvolutionEngine.choose(
      window: window, outputChannels: convolution.outputChannels, groups: convolution.groups, exact: exact,
      favorsLatency: goal == .latency, kernels: kernels)
    let weights = PackedWeights(
      weights: model.parameter(node.name + ".weight"), scale: scale, bias: bias, groups: convolution.groups,
      engine: engine, pool: pool, kernels: kernels)
    if engine == .winograd {
      return .winograd(PreparedWinograd(window: window, weights: weights, relu: relu, kernels: kernels))
    }
    return .convolution(PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels))
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

  private func window(
    from input: FeatureShape, to output: FeatureShape, kernel: Int, stride: Int, padding: Int,
    dilation: Int = 1
  ) -> Window {
    Window(
      inputHeight: input.height, inputWidth: input.width, channels: input.channels,
      outputHeight: output.height, outputWidth: output.width, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation)
  }
}
