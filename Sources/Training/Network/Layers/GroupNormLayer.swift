import Kernels

/// A group norm with optional residual and ReLU.
@safe final class GroupNormLayer: PictureLayer {
  private let norm: TrainedGroupNorm
  private let relu: Bool
  private let weight: LayerParameter
  private let bias: LayerParameter

  init(maps: LayerMaps, norm: TrainedGroupNorm, relu: Bool, weight: LayerParameter, bias: LayerParameter) {
    self.norm = norm
    self.relu = relu
    self.weight = weight
    self.bias = bias
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe norm.forward(
      picture: picture, input: maps.input.pointer(pass, picture: picture),
      residual: maps.residual.map { unsafe UnsafePointer($0.pointer(pass, picture: picture)) }, relu: relu,
      output: maps.output.pointer(pass, picture: picture), weight: weight.values, bias: bias.values)
  }

  override func backward(_ pass: NetworkPass) {
    super.backward(pass)
    if let weightGradient = unsafe weight.gradient, let biasGradient = unsafe bias.gradient {
      unsafe norm.addParameterGradients(
        pictures: pass.pictures, weightGradient: weightGradient, biasGradient: biasGradient)
    }
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    unsafe norm.backward(
      picture: picture, outputGradient: outputGradient(picture, pass),
      input: maps.input.pointer(pass, picture: picture),
      output: relu ? UnsafePointer(maps.output.pointer(pass, picture: picture)) : nil,
      inputGradient: maps.inputGradient.map { unsafe $0.map.pointer(pass, picture: picture) },
      accumulates: maps.inputGradient?.accumulates ?? false)
    passOn(maps.residualGradient, picture, pass)
  }
}
