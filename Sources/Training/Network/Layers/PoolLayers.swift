import Kernels

/// A max-pool.
final class MaxPoolLayer: PictureLayer {
  private let pool: TrainedMaxPool

  init(maps: LayerMaps, pool: TrainedMaxPool) {
    self.pool = pool
    super.init(maps: maps)
  }

  private func taps(_ picture: Int, _ pass: NetworkPass) -> UnsafeMutablePointer<UInt8> {
    unsafe places(picture, pass)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe pool.forward(
      input: maps.input.pointer(pass, picture: picture), output: maps.output.pointer(pass, picture: picture),
      taps: taps(picture, pass))
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(picture, pass), taps: taps(picture, pass),
      inputGradient: target.map.pointer(pass, picture: picture), accumulates: target.accumulates)
  }
}

/// An average pool or a blur.
final class WeightedPoolLayer: PictureLayer {
  private let pool: PreparedWeightedPool

  init(maps: LayerMaps, pool: PreparedWeightedPool) {
    self.pool = pool
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    for task in 0..<pool.taskCount {
      unsafe pool.run(
        task: task, input: maps.input.pointer(pass, picture: picture),
        output: maps.output.pointer(pass, picture: picture))
    }
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(picture, pass),
      inputGradient: target.map.pointer(pass, picture: picture), accumulates: target.accumulates)
  }
}

/// The mean over all pixels.
final class GlobalAveragePoolLayer: PictureLayer {
  private let pool: PreparedAveragePool

  override init(maps: LayerMaps) {
    pool = PreparedAveragePool(pixels: maps.input.pixels, channels: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    for task in 0..<pool.taskCount {
      unsafe pool.run(
        task: task, input: maps.input.pointer(pass, picture: picture),
        output: maps.output.pointer(pass, picture: picture))
    }
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    let (pixels, channels) = (maps.input.pixels, maps.input.channels)
    let result = unsafe target.map.pointer(pass, picture: picture)
    for pixel in 0..<pixels {
      unsafe elementwise.scale(
        count: channels, by: 1 / Float(pixels), input: outputGradient(picture, pass),
        accumulates: target.accumulates, output: result + pixel * channels)
    }
  }
}

/// The maximum over all pixels.
final class GlobalMaxPoolLayer: PictureLayer {
  private let pool: TrainedGlobalMaxPool

  override init(maps: LayerMaps) {
    pool = TrainedGlobalMaxPool(pixels: maps.input.pixels, channels: maps.input.channels)
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe pool.forward(
      input: maps.input.pointer(pass, picture: picture), output: maps.output.pointer(pass, picture: picture),
      places: places(picture, pass))
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pool.backward(
      outputGradient: outputGradient(picture, pass), places: places(picture, pass),
      inputGradient: target.map.pointer(pass, picture: picture), accumulates: target.accumulates)
  }
}
