import Kernels

/// An addition, a ReLU, or both.
final class IdentityLayer: ImageLayer {
  private let relu: Bool
  private let ones: [Float]

  init(maps: LayerMaps, relu: Bool) {
    self.relu = relu
    ones = Array(repeating: 1, count: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe ones.withUnsafeBufferPointer { ones in
      unsafe elementwise.affine(
        rows: maps.input.pixels, channels: maps.input.channels,
        input: maps.input.pointer(pass, image: image), scale: ones.baseAddress.unsafelyUnwrapped,
        residual: maps.residual.map { unsafe UnsafePointer($0.pointer(pass, image: image)) }, relu: relu,
        output: maps.output.pointer(pass, image: image))
    }
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    if relu { maskByReLU(image, pass) }
    passOn(maps.residualGradient, image, pass)
    passOn(maps.inputGradient, image, pass)
  }
}
