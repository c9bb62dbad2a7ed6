import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// Kernels of steps that read maps of bytes.
extension StepFactory {
  func byteKernel(for step: FusedStep, _ planned: PlannedStep, input scale: ByteScale) -> any PreparedKernel {
    let node = model.graph.nodes[step.part]
    let (input, output) = (shapes[step.input], shapes[step.output])
    switch node.operation {
    case .convolution(let convolution):
      let geometry = ConvolutionGeometry(
        window: convolution.window.placed(from: input, to: shapes[step.part]),
        outputChannels: convolution.outputChannels, groups: convolution.groups)
      let (factor, bias) = model.scaleAndShift(ofConvolution: step.part, norm: step.norm)
      return layer(geometry, step, planned, input: scale, factor: factor, bias: bias)
    case .linear(let linear):
      let outputs = output.channels
      let geometry = ConvolutionGeometry(inputs: input.channels, outputs: outputs)
      let bias = linear.hasBias ? model.parameter(node.name + ".bias") : nil
      return layer(
        geometry, step, planned, input: scale, factor: Array(repeating: 1, count: outputs),
        bias: (0..<outputs).map { row in bias.map { Double($0.floats[row]) } ?? 0 })
    case .maxPool(let pool):
      return PreparedByteMaxPool(
        window: pool.window.placed(from: input, to: output), padsWithZeros: pool.padsWithZeros, scale: scale,
        kernels: byteKernels)
    case .zeroPadShortcut(let shortcut):
      return shortcut.prepared(from: input, to: output, zero: scale.zero)
    case .globalAveragePool:
      return PreparedByteMean(
        pixels: input.height * input.width, channels: input.channels, input: scale,
        output: planned.output.scale, kernels: byteKernels)
    default: preconditionFailure("\(node.name) does not read bytes")
    }
  }

  private func layer(
    _ geometry: ConvolutionGeometry, _ step: FusedStep, _ planned: PlannedStep, input: ByteScale,
    factor: [Double], bias: [Double]
  ) -> any PreparedKernel {
    let name = model.graph.nodes[step.part].name + ".weight"
    guard let weights = model.tensors.stored(name), weights.elementType == .int8 else {
      preconditionFailure("\(name) is not stored as integers")
    }
    let residual: ByteConvolution.Residual =
      planned.residual.map { value in value.scale.map { .bytes($0) } ?? .floats } ?? .none
    return ByteConvolution(
      geometry, weights: weights, input: input,
      ending: ByteConvolution.Ending(
        factor: factor, bias: bias, residual: residual, relu: step.activation == .relu,
        output: planned.output.scale),
      pool: pool, sharing: sharing, kernels: byteKernels)
  }
}

extension MapValue {
  /// The scale of bytes; nil for floats.
  var scale: ByteScale? {
    if case .bytes(let scale) = form { scale } else { nil }
  }
}
