import Kernels
import ResNetGraph
import ResNetModel
import TensorCore
import Threads

/// Makes steps that can run from fused ones.
struct StepFactory {
  let model: Model
  let shapes: [FeatureShape]
  let exact: Bool
  let precision: InferencePrecision
  let goal: InferenceGoal
  let pool: WorkerPool
  let sharing: (any ByteSharing)?
  let kernels: KernelTable
  let byteKernels: ByteKernelTable

  /// The step, with its feature maps in their places.
  ///
  /// - Parameter places: the place of each map.
  func step(for planned: PlannedStep, places: [MapValue: Step.Place]) -> Step {
    func place(_ value: MapValue) -> Step.Place { places[value] ?? .none }
    let shape = shapes[planned.output.node]
    var name = model.graph.nodes[planned.output.node].name
    var multiplyAdds = 0
    if case .fused(let fused) = planned.work {
      let node = model.graph.nodes[fused.part]
      if !node.operation.definition.parameters.isEmpty { name = node.name }
      multiplyAdds = node.operation.multiplyAdds(output: shapes[fused.part])
    }
    return Step(
      name: name, outputShape: [shape.height, shape.width, shape.channels], multiplyAdds: multiplyAdds,
      kernel: kernel(for: planned), input: place(planned.input), second: planned.second.map(place),
      residual: planned.residual.map(place), output: place(planned.output))
  }

  private func kernel(for planned: PlannedStep) -> any PreparedKernel {
    switch (planned.work, planned.input.form, planned.output.form) {
    case (.fused(let step), .bytes(let scale), _): return byteKernel(for: step, planned, input: scale)
    case (.fused(let step), _, _): return kernel(for: step, node: model.graph.nodes[step.part])
    case (.quantization, _, .bytes(let scale)):
      return PreparedQuantization(
        count: shapes[planned.input.node].elementCount, scale: scale, kernels: byteKernels)
    case (.dequantization, .bytes(let scale), _):
      return PreparedDequantization(
        count: shapes[planned.input.node].elementCount, scale: scale, kernels: byteKernels)
    case (.quantization, _, _), (.dequantization, _, _):
      preconditionFailure("a conversion from \(planned.input.form) to \(planned.output.form)")
    }
  }

  private func kernel(for step: FusedStep, node: Node) -> any PreparedKernel {
    let (input, output) = (shapes[step.input], shapes[step.output])
    let pixels = input.height * input.width
    let relu = step.activation == .relu
    switch node.operation {
    case .input: preconditionFailure("the network's input is no step")
    case .convolution(let convolution):
      return self.convolution(convolution, step: step)
    case .batchNormalization:
      let (scale, shift) = model.scaleAndShift(ofNorm: step.part)
      return PreparedAffine(
        pixels: pixels, scale: scale.map { Float($0) }, shift: shift.map { Float($0) }, relu: relu,
        kernels: kernels)
    case .groupNormalization(let norm):
      return PreparedGroupNorm(
        pixels: pixels, groups: norm.groups, epsilon: norm.epsilon,
        weight: norm.isAffine ? values(node, "weight") : Array(repeating: 1, count: norm.channels),
        bias: norm.isAffine ? values(node, "bias") : Array(repeating: 0, count: norm.channels), relu: relu,
        kernels: kernels)
    case .add, .relu, .scale:
      return PreparedAffine(
        pixels: pixels, scale: Array(repeating: 1, count: input.channels), shift: nil, relu: relu,
        kernels: kernels)
    case .maxPool(let pool):
      return PreparedMaxPool(
        window: pool.window.placed(from: input, to: output), padsWithZeros: pool.padsWithZeros,
        kernels: kernels)
    case .averagePool(let pool):
      return pool.prepared(from: input, to: output, kernels: kernels)
    case .blur(let blur):
      return blur.prepared(from: input, to: output, kernels: kernels)
    case .globalAveragePool:
      return PreparedAveragePool(pixels: pixels, channels: input.channels, kernels: kernels)
    case .globalMaxPool:
      return PreparedGlobalMaxPool(
        height: input.height, width: input.width, channels: input.channels, kernels: kernels)
    case .zeroPadShortcut(let shortcut):
      return shortcut.prepared(from: input, to: output)
    case .linear(let linear):
      return PreparedLinear(
        weight: model.parameter(node.name + ".weight"),
        bias: linear.hasBias ? model.parameter(node.name + ".bias") : nil,
        activation: relu ? .relu : step.activation == .sigmoid ? .sigmoid : .none,
        bfloat16: precision == .bfloat16, pool: pool, sharing: sharing, kernels: kernels)
    case .channelConvolution:
      return PreparedChannelConvolution(
        channels: input.channels, weight: values(node, "weight"), sigmoid: step.activation == .sigmoid)
    case .sigmoid:
      return PreparedSigmoid(count: input.elementCount)
    case .mean, .concatenate:
      let other = step.second.map { shapes[$0].elementCount } ?? 0
      return PreparedJoin(counts: (input.elementCount, other), isMean: node.operation == .mean)
    }
  }

  /// A node's tensor as an array.
  private func values(_ node: Node, _ suffix: String) -> [Float] {
    let tensor = model.parameter(node.name + "." + suffix)
    return (0..<tensor.shape.elementCount).map { tensor.floats[$0] }
  }
}
