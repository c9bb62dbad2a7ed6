import Kernels

/// A convolution, its weights standardised if it says so.
final class ConvolutionLayer: TrainingLayer {
  private let maps: LayerMaps
  private let convolution: TrainedConvolution
  private let weight: LayerParameter
  private let bias: LayerParameter?
  private let standardization: StandardizedWeights?

  init(
    maps: LayerMaps, convolution: TrainedConvolution, weight: LayerParameter, bias: LayerParameter?,
    standardization: StandardizedWeights?
  ) {
    self.maps = maps
    self.convolution = convolution
    self.weight = weight
    self.bias = bias
    self.standardization = standardization
  }

  func prepare(_ pool: WorkerPool) {
    unsafe convolution.pack(
      weights: standardization?.update(weight.values, pool: pool) ?? weight.values,
      needsInputGradient: maps.inputGradient != nil, pool: pool)
  }

  func forward(_ pass: Pass) {
    unsafe convolution.forward(
      input: maps.input.pointer(pass), inputStep: maps.input.step, output: maps.output.pointer(pass),
      outputStep: maps.output.step, bias: bias?.values, pictures: pass.pictures, pool: pass.pool)
  }

  func backward(_ pass: Pass) {
    guard let outputGradient = maps.outputGradient else { return }
    let gradient = unsafe outputGradient.pointer(pass)
    if let weightGradient = unsafe weight.gradient {
      unsafe convolution.weightGradient(
        input: maps.input.pointer(pass), inputStep: maps.input.step, outputGradient: gradient,
        outputStep: outputGradient.step, weightGradient: weightGradient, biasGradient: bias?.gradient,
        pictures: pass.pictures, pool: pass.pool)
      unsafe standardization?.pullBack(weightGradient, pool: pass.pool)
    }
    if let target = maps.inputGradient {
      unsafe convolution.inputGradient(
        outputGradient: gradient, outputStep: outputGradient.step,
        inputGradient: target.map.pointer(pass), inputStep: target.map.step,
        accumulate: target.accumulates, pictures: pass.pictures, pool: pass.pool)
    }
  }
}
