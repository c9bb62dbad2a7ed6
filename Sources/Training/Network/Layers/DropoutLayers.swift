import Kernels
import TensorCore

/// Drops numbers in training.
final class DropoutLayer: ImageLayer {
  private let rate: Double
  private let part: Int

  /// - Parameter part: tells this layer's random numbers from other layers'.
  init(maps: LayerMaps, rate: Double, part: Int) {
    self.rate = rate
    self.part = part
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    let input = unsafe maps.input.pointer(pass, image: image)
    let output = unsafe maps.output.pointer(pass, image: image)
    if pass.isTraining {
      unsafe elementwise.dropout(
        count: maps.input.elementCount, rate: rate, key: pass.key(part: part, image: image), input: input,
        accumulates: false, output: output)
    } else {
      unsafe output.update(from: input, count: maps.input.elementCount)
    }
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe elementwise.dropout(
      count: maps.input.elementCount, rate: rate, key: pass.key(part: part, image: image),
      input: outputGradient(image, pass), accumulates: target.accumulates,
      output: target.map.pointer(pass, image: image))
  }
}

/// Drops the residual branch of whole images in training, and scales the others so that the expectation is the same
/// (stochastic depth, Huang et al. 2016).
final class DropPathLayer: ImageLayer {
  private let rate: Double
  private let part: Int

  /// - Parameter part: tells this layer's random numbers from other layers'.
  init(maps: LayerMaps, rate: Double, part: Int) {
    self.rate = rate
    self.part = part
    super.init(maps: maps)
  }

  private func factor(_ image: Int, _ pass: NetworkPass) -> Float {
    guard pass.isTraining else { return 1 }
    let isKept = Double(pass.key(part: part, image: image) >> 11) * 0x1p-53 >= rate
    return isKept ? Float(1 / (1 - rate)) : 0
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    unsafe elementwise.scale(
      count: maps.input.elementCount, by: factor(image, pass), input: maps.input.pointer(pass, image: image),
      accumulates: false, output: maps.output.pointer(pass, image: image))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    passOn(maps.inputGradient, factor: factor(image, pass), image, pass)
  }
}

extension NetworkPass {
  /// A random number for one image in one part of the network.
  fileprivate func key(part: Int, image: Int) -> UInt64 {
    var generator = SplitMix64(seed: randomness)
    generator = SplitMix64(seed: generator.next() ^ UInt64(truncatingIfNeeded: part))
    generator = SplitMix64(seed: generator.next() ^ UInt64(truncatingIfNeeded: image))
    return generator.next()
  }
}
