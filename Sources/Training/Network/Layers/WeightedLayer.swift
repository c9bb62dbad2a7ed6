import Kernels
import Threads

/// A convolution or a linear layer, its weights standardised if it says so.
final class WeightedLayer: TrainingLayer {
  private let maps: LayerMaps
  private let product: TrainableOperator
  private let weight: LayerParameter
  private let bias: LayerParameter?
  private let standardization: StandardizedWeights?

  init(
    maps: LayerMaps, product: TrainableOperator, weight: LayerParameter, bias: LayerParameter?,
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
      input: maps.input.pointer(pass), inputStride: maps.input.elementCount,
      output: maps.output.pointer(pass),
      outputStride: maps.output.elementCount, images: pass.images)
  }

  func backward(_ pass: NetworkPass) {
    guard let outputGradient = maps.outputGradient else { return }
    let gradient = unsafe outputGradient.pointer(pass)
    if let weightGradient = unsafe weight.gradient {
      unsafe product.weightGradient(
        input: maps.input.pointer(pass), inputStride: maps.input.elementCount, outputGradient: gradient,
        outputStride: outputGradient.elementCount, weightGradient: weightGradient,
        biasGradient: bias?.gradient,
        images: pass.images)
      unsafe standardization?.pullBack(weightGradient, pool: pass.pool)
    }
    if let target = maps.inputGradient {
      unsafe product.inputGradient(
        outputGradient: gradient, outputStride: outputGradient.elementCount,
        inputGradient: target.map.pointer(pass), inputStride: target.map.elementCount,
        accumulate: target.accumulates, images: pass.images)
    }
  }
}
