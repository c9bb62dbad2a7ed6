import Kernels
import Threads

/// A max-pool.
final class MaxPoolLayer: ImageLayer {
  private let pool: TrainedMaxPool

  init(maps: LayerMaps, pool: TrainedMaxPool) {
    self.pool = pool
    super.init(maps: maps)
  }

  private func taps(_ image: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<UInt8> {
    unsafe places(image, pass)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe pool.forward(
      input: maps.input.pointer(pass, image: image), output: maps.output.pointer(pass, image: image),
      taps: taps(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(image, pass), taps: taps(image, pass),
      inputGradient: target.map.pointer(pass, image: image), accumulates: target.accumulates)
  }
}

/// An average pool or a blur.
final class WeightedPoolLayer: ImageLayer {
  private let pool: PreparedWeightedPool

  init(maps: LayerMaps, pool: PreparedWeightedPool) {
    self.pool = pool
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    pool.run(call(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(image, pass),
      inputGradient: target.map.pointer(pass, image: image), accumulates: target.accumulates)
  }
}

/// The mean over all pixels.
final class GlobalAveragePoolLayer: ImageLayer {
  private let pool: PreparedAveragePool

  override init(maps: LayerMaps) {
    pool = PreparedAveragePool(pixels: maps.input.pixels, channels: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    pool.run(call(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    let (pixels, channels) = (maps.input.pixels, maps.input.channels)
    let result = unsafe target.map.pointer(pass, image: image)
    for pixel in 0..<pixels {
      unsafe elementwise.scale(
        count: channels, by: 1 / Float(pixels), input: outputGradient(image, pass),
        accumulates: target.accumulates, output: result + pixel * channels)
    }
  }
}

/// The maximum over all pixels.
final class GlobalMaxPoolLayer: ImageLayer {
  private let pool: TrainedGlobalMaxPool

  override init(maps: LayerMaps) {
    pool = TrainedGlobalMaxPool(pixels: maps.input.pixels, channels: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe pool.forward(
      input: maps.input.pointer(pass, image: image), output: maps.output.pointer(pass, image: image),
      places: places(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(image, pass), places: places(image, pass),
      inputGradient: target.map.pointer(pass, image: image), accumulates: target.accumulates)
  }
}
