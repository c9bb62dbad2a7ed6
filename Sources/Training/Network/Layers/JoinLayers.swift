import Kernels

/// Half the sum of two inputs, or one after the other.
final class JoinLayer: ImageLayer {
  private let isMean: Bool
  private let join: PreparedJoin

  init(maps: LayerMaps, isMean: Bool) {
    self.isMean = isMean
    join = PreparedJoin(counts: (maps.input.elementCount, maps.second?.elementCount ?? 0), isMean: isMean)
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    join.run(call(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    if isMean {
      passOn(maps.inputGradient, factor: 0.5, image, pass)
      passOn(maps.secondGradient, factor: 0.5, image, pass)
    } else {
      hand(to: maps.inputGradient, from: 0, image, pass)
      hand(to: maps.secondGradient, from: maps.input.elementCount, image, pass)
    }
  }

  /// Gives the part of the output's gradient that begins at `start` to an input.
  private func hand(to target: GradientTarget?, from start: Int, _ image: Int, _ pass: NetworkPass) {
    guard let target else { return }
    unsafe elementwise.scale(
      count: target.map.elementCount, by: 1, input: outputGradient(image, pass) + start,
      accumulates: target.accumulates, output: target.map.pointer(pass, image: image))
  }
}

/// Option A's shortcut.
final class ZeroPadLayer: ImageLayer {
  private let pad: PreparedZeroPad

  init(maps: LayerMaps, pad: PreparedZeroPad) {
    self.pad = pad
    super.init(maps: maps)
  }

  override func forward(image: Int, _ pass: NetworkPass) {
    pad.run(call(image, pass))
  }

  override func backward(image: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pad.backward(
      outputGradient: outputGradient(image, pass),
      inputGradient: target.map.pointer(pass, image: image), accumulates: target.accumulates)
  }
}
