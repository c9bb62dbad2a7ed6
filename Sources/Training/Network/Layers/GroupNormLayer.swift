import Kernels

/// A group norm with optional residual and ReLU.
@safe final class GroupNormLayer: ImageLayer {
  private let norm: TrainedGroupNorm
  private let relu: Bool
  private let weight: LayerParameter?
  private let bias: LayerParameter?

  init(
    maps: LayerMaps, norm: TrainedGroupNorm, relu: Bool, weight: LayerParameter?, bias: LayerParameter?
  ) {
    self.norm = norm
    self.relu = relu
    self.weight = weight
    self.bias = bias
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe norm.forward(
      image: image, input: maps.input.pointer(pass, image: image),
      residual: maps.residual.map { unsafe UnsafePointer($0.pointer(pass, image: image)) }, relu: relu,
      output: maps.output.pointer(pass, image: image), weight: weight?.values, bias: bias?.values)
  }

  override func backward(_ pass: NetworkPass) {
    super.backward(pass)
    if let weightGradient = unsafe weight?.gradient, let biasGradient = unsafe bias?.gradient {
      unsafe norm.addParameterGradients(
        images: pass.images, weightGradient: weightGradient, biasGradient: biasGradient)
    }
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    unsafe norm.backward(
      image: image, outputGradient: outputGradient(image, pass),
      input: maps.input.pointer(pass, image: image),
      output: relu ? UnsafePointer(maps.output.pointer(pass, image: image)) : nil,
      inputGradient: maps.inputGradient.map { unsafe $0.map.pointer(pass, image: image) },
      accumulates: maps.inputGradient?.accumulates ?? false)
    passOn(maps.residualGradient, image, pass)
  }
}
