import Kernels
import ResNetGraph
import ResNetModel
import TensorCore
import Threads

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
      second: lowered.second.map { places[$0] }, residual: lowered.residual.map { places[$0] },
      output: places[lowered.output])
  }

  private func multiplyAdds(of step: LoweredStep) -> Int {
    switch step.kind {
    case .convolution(let node, _), .linear(let node):
      model.graph.nodes[node].operation.multiplyAdds(output: shapes[node])
    default: 0
    }
  }

  private func name(of step: LoweredStep) -> String {
    switch step.kind {
    case .convolution(let node, _), .linear(let node), .norm(let node), .channelConvolution(let node):
      model.graph.nodes[node].name
    default: model.graph.nodes[step.output].name
    }
  }

  private func kernel(for step: LoweredStep) -> Step.Kernel {
    let input = shapes[step.input]
    let pixels = input.height * input.width
    switch step.kind {
    case .convolution(let node, let norm):
      return convolution(node: node, norm: norm, relu: step.relu)
    case .norm(let node):
      return norm(node: node, pixels: pixels, relu: step.relu)
    case .identity, .gate:
      return .affine(
        PreparedAffine(
          pixels: pixels, scale: Array(repeating: 1, count: input.channels), shift: nil, relu: step.relu,
          kernels: kernels))
    case .maxPool(let pool):
      return .maxPool(
        PreparedMaxPool(
          window: window(
            from: input, to: shapes[step.output], kernel: pool.kernel, stride: pool.stride,
            padding: pool.padding),
          padsWithZeros: pool.padsWithZeros, kernels: kernels))
    case .averagePool, .blur:
      return .weightedPool(weightedPool(for: step))
    case .globalAveragePool:
      return .globalAveragePool(
        PreparedAveragePool(pixels: pixels, channels: input.channels, kernels: kernels))
    case .globalMaxPool:
      return .globalMaxPool(
        PreparedGlobalMaxPool(
          height: input.height, width: input.width, channels: input.channels, kernels: kernels))
    case .zeroPad(let shortcut):
      return .zeroPad(
        PreparedZeroPad(
          window: window(
            from: input, to: shapes[step.output], kernel: 1, stride: shortcut.stride, padding: 0),
          padding: shortcut.padding))
    case .linear(let node):
      return .linear(linear(node: node, step: step))
    case .channelConvolution(let node):
      return .channelConvolution(
        PreparedChannelConvolution(
          channels: input.channels, weight: values(node, "weight"), sigmoid: step.sigmoid))
    case .sigmoid:
      return .channelConvolution(
        PreparedChannelConvolution(channels: input.elementCount, weight: [1], sigmoid: true))
    case .mean, .concatenate:
      let other = step.second.map { shapes[$0].elementCount } ?? 0
      return .join(PreparedJoin(counts: (input.elementCount, other), isMean: step.kind == .mean))
    }
  }

  private func linear(node index: Int, step: LoweredStep) -> PreparedLinear {
    let node = model.graph.nodes[index]
    guard case .linear(let linear) = node.operation else {
      preconditionFailure("\(node.name) is no linear layer")
    }
    return PreparedLinear(
      weight: model.parameter(node.name + ".weight"),
      bias: linear.hasBias ? model.parameter(node.name + ".bias") : nil,
      activation: step.relu ? .relu : step.sigmoid ? .sigmoid : .none, pool: pool, kernels: kernels)
  }

  private func weightedPool(for step: LoweredStep) -> PreparedWeightedPool {
    let (input, output) = (shapes[step.input], shapes[step.output])
    switch step.kind {
    case .averagePool(let pool):
      return PreparedWeightedPool(
        window: window(from: input, to: output, kernel: pool.kernel, stride: pool.stride, padding: 0),
        weights: Array(repeating: 1 / Float(pool.kernel), count: pool.kernel),
        edge: pool.edge == .zeros ? .zeros : .nothing, kernels: kernels)
    case .blur(let blur):
      return PreparedWeightedPool(
        window: window(from: input, to: output, kernel: 3, stride: blur.stride, padding: 1),
        weights: [0.25, 0.5, 0.25], edge: .reflection, kernels: kernels)
    default: preconditionFailure("\(step.kind) is no weighted pool")
    }
  }

  func window(
    from input: FeatureShape, to output: FeatureShape, kernel: Int, stride: Int, padding: Int,
    dilation: Int = 1
  ) -> Window {
    Window(
      inputHeight: input.height, inputWidth: input.width, channels: input.channels,
      outputHeight: output.height, outputWidth: output.width, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation)
  }

  /// A node's tensor as an array.
  func values(_ node: Int, _ suffix: String) -> [Float] {
    let tensor = model.parameter(model.graph.nodes[node].name + "." + suffix)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}
