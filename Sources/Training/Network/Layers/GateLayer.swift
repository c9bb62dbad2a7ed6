import Kernels
import TensorCore

/// Each channel of the first input times its number in the second, with optional residual and ReLU.
@safe final class GateLayer: ImageLayer {
  private let relu: Bool
  private let zeros: AlignedBuffer
  /// For each image two sums of each channel.
  private let sums: AlignedBuffer

  init(maps: LayerMaps, relu: Bool, capacity: Int) {
    self.relu = relu
    zeros = AlignedBuffer(floatCount: maps.input.channels)
    sums = AlignedBuffer(byteCount: 2 * capacity * maps.input.channels * MemoryLayout<Double>.stride)
    super.init(maps: maps)
  }

  private func gate(_ image: Int, _ pass: NetworkPass) -> UnsafePointer<Float> {
    guard let second = maps.second else { preconditionFailure("a gate without its numbers") }
    return unsafe UnsafePointer(second.pointer(pass, image: image))
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe elementwise.affine(
      rows: maps.input.pixels, channels: maps.input.channels,
      input: maps.input.pointer(pass, image: image), scale: gate(image, pass),
      residual: maps.residual.map { unsafe UnsafePointer($0.pointer(pass, image: image)) }, relu: relu,
      output: maps.output.pointer(pass, image: image))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    if relu { maskByReLU(image, pass) }
    passOn(maps.residualGradient, image, pass)
    let (pixels, channels) = (maps.input.pixels, maps.input.channels)
    let gradient = unsafe outputGradient(image, pass)
    if let target = maps.secondGradient {
      let sums =
        unsafe sums.baseAddress.assumingMemoryBound(to: Double.self) + 2 * image * channels
      unsafe elementwise.channelProducts(
        rows: pixels, channels: channels, gradient: gradient,
        input: maps.input.pointer(pass, image: image),
        mean: UnsafePointer(zeros.baseAddress.assumingMemoryBound(to: Float.self)), sums: sums,
        products: sums + channels)
      let result = unsafe target.map.pointer(pass, image: image)
      for channel in 0..<channels {
        let product = unsafe Float(sums[channels + channel])
        unsafe result[channel] = target.accumulates ? result[channel] + product : product
      }
    }
    if let target = maps.inputGradient {
      unsafe elementwise.scale(
        rows: pixels, channels: channels, by: gate(image, pass), input: gradient,
        accumulates: target.accumulates, output: target.map.pointer(pass, image: image))
    }
  }
}
