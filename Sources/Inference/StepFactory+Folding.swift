import Kernels
import ResNetGraph
import ResNetModel
import TensorCore

/// Norms, biases and standardisation that go into weights before anything runs.
extension StepFactory {
  func convolution(_ convolution: Convolution, step: FusedStep) -> Step.Kernel {
    let (scale, bias) = model.scaleAndShift(ofConvolution: step.part, norm: step.norm)
    let relu = step.activation == .relu
    let window = convolution.window.placed(from: shapes[step.input], to: shapes[step.part])
    let engine = ConvolutionEngine.choose(
      window: window, outputChannels: convolution.outputChannels, groups: convolution.groups, exact: exact,
      favorsLatency: goal == .latency, kernels: kernels)
    let weights = PackedWeights(
      weights: model.weights(ofConvolution: step.part), scale: scale, bias: bias, groups: convolution.groups,
      engine: engine, pool: pool, kernels: kernels)
    if engine == .winograd {
      return .winograd(PreparedWinograd(window: window, weights: weights, relu: relu, kernels: kernels))
    }
    return .convolution(PreparedConvolution(window: window, weights: weights, relu: relu, kernels: kernels))
  }
}
