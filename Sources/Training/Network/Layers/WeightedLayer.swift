import Kernels
import Threads

/// A convolution or a linear layer, its weights standardised if it says so.
final class WeightedLayer: TrainingLayer {
  private let maps: LayerMaps
  private let product: any TrainedWeights
  private let weight: LayerParameter
  private let bias: LayerParameter?
  private let standardization: StandardizedWeights?

  init(
    maps: LayerMaps, product: any TrainedWeights, weight: LayerParameter, bias: LayerParameter?,
    standardization: StandardizedWeights? = nil
  ) {
    self.maps = maps
    self.product = product
    self.weight = weight
    self.bias = bias
    self.standardization = standardization
  }

  func prepare(_ pool: WorkerPool) {
    unsafe product.pack(
      weights: standardization?.update(weight.values, pool: pool) ?? weight.values, bias: bias?.values)
  }

  func forward(_ pass: NetworkPass) {
    unsafe product.forward(
      input: maps.input.pointer(pass), inputStep: maps.input.step, output: maps.output.pointer(pass),
      outputStep: maps.output.step, images: pass.images)
  }

  func backward(_ pass: NetworkPass) {
    guard let outputGradient = maps.outputGradient else { return }
    let gradient = unsafe outputGradient.pointer(pass)
    if let weightGradient = unsafe weight.gradient {
      unsafe product.weightGradient(
        input: maps.input.pointer(pass), inputStep: maps.input.step, outputGradient: gradient,
        outputStep: outputGradient.step, weightGradient: weightGradient, biasGradient: bias?.gradient,
        images: pass.images)
      unsafe standardization?.pullBack(weightGradient, pool: pass.pool)
    }
    if let target = maps.inputGradient {
      unsafe product.inputGradient(
        outputGradient: gradient, outputStep: outputGradient.step,
        inputGradient: target.map.pointer(pass), inputStep: target.map.step,
        accumulate: target.accumulates, images: pass.images)
    }
  }
}
