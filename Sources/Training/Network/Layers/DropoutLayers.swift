import Kernels
import TensorCore

/// Drops numbers in training.
final class DropoutLayer: PictureLayer {
  private let rate: Double
  private let part: Int

  /// - Parameter part: tells this layer's random numbers from those of others.
  init(maps: LayerMaps, rate: Double, part: Int) {
    self.rate = rate
    self.part = part
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    let input = unsafe maps.input.pointer(pass, picture: picture)
    let output = unsafe maps.output.pointer(pass, picture: picture)
    if pass.isTraining {
      unsafe elementwise.dropout(
        count: maps.input.step, rate: rate, key: pass.key(part: part, picture: picture), input: input,
        accumulates: false, output: output)
    } else {
      unsafe output.update(from: input, count: maps.input.step)
    }
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe elementwise.dropout(
      count: maps.input.step, rate: rate, key: pass.key(part: part, picture: picture),
      input: outputGradient(picture, pass), accumulates: target.accumulates,
      output: target.map.pointer(pass, picture: picture))
  }
}

/// Drops the residual branch of whole pictures in training, and scales those that stay so that the expectation is the same
/// (stochastic depth, Huang et al. 2016).
final class DropPathLayer: PictureLayer {
  private let rate: Double
  private let part: Int

  /// - Parameter part: tells this layer's random numbers from those of others.
  init(maps: LayerMaps, rate: Double, part: Int) {
    self.rate = rate
    self.part = part
    super.init(maps: maps)
  }

  private func factor(_ picture: Int, _ pass: NetworkPass) -> Float {
    guard pass.isTraining else { return 1 }
    let isKept = Double(pass.key(part: part, picture: picture) >> 11) * 0x1p-53 >= rate
    return isKept ? Float(1 / (1 - rate)) : 0
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe elementwise.scale(
      count: maps.input.step, by: factor(picture, pass), input: maps.input.pointer(pass, picture: picture),
      accumulates: false, output: maps.output.pointer(pass, picture: picture))
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    passOn(maps.inputGradient, factor: factor(picture, pass), picture, pass)
  }
}

extension NetworkPass {
  /// A random number for one picture in one part of the network.
  fileprivate func key(part: Int, picture: Int) -> UInt64 {
    var generator = SplitMix64(seed: randomness)
    generator = SplitMix64(seed: generator.next() ^ UInt64(truncatingIfNeeded: part))
    generator = SplitMix64(seed: generator.next() ^ UInt64(truncatingIfNeeded: picture))
    return generator.next()
  }
}
