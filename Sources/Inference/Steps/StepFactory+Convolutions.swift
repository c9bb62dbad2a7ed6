import Kernels
import ResNetGraph
import ResNetModel

extension StepFactory {
  /// The kernel of a convolution, with the norm, bias and standardisation in its weights.
  func convolution(_ convolution: Convolution, step: FusedStep) -> any PreparedKernel {
    let (scale, bias) = model.scaleAndShift(ofConvolution: step.part, norm: step.norm)
    let geometry = ConvolutionGeometry(
      window: convolution.window.placed(from: shapes[step.input], to: shapes[step.part]),
      outputChannels: convolution.outputChannels, groups: convolution.groups)
    let engine = ConvolutionEngine.choose(
      geometry, exact: exact, favorsLatency: goal == .latency, bfloat16: precision == .bfloat16,
      kernels: kernels)
    return engine.prepare(
      geometry, weights: model.weights(ofConvolution: step.part), scale: scale, bias: bias,
      relu: step.activation == .relu, pool: pool, sharing: sharing, kernels: kernels)
  }
}
