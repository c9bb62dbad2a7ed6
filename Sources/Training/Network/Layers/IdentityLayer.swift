import Kernels

/// An addition, a ReLU, or both.
final class IdentityLayer: PictureLayer {
  private let relu: Bool
  private let ones: [Float]

  init(maps: LayerMaps, relu: Bool) {
    self.relu = relu
    ones = Array(repeating: 1, count: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe ones.withUnsafeBufferPointer { ones in
      unsafe elementwise.affine(
        rows: maps.input.pixels, channels: maps.input.channels,
        input: maps.input.pointer(pass, picture: picture), scale: ones.baseAddress.unsafelyUnwrapped,
        residual: maps.residual.map { unsafe UnsafePointer($0.pointer(pass, picture: picture)) }, relu: relu,
        output: maps.output.pointer(pass, picture: picture))
    }
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    if relu { maskByReLU(picture, pass) }
    passOn(maps.residualGradient, picture, pass)
    passOn(maps.inputGradient, picture, pass)
  }
}
