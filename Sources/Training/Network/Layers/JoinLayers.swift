import Kernels

/// Half the sum of two inputs, or one after the other.
final class JoinLayer: PictureLayer {
  private let isMean: Bool
  private let join: PreparedJoin

  init(maps: LayerMaps, isMean: Bool) {
    self.isMean = isMean
    join = PreparedJoin(counts: (maps.input.step, maps.second?.step ?? 0), isMean: isMean)
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    guard let second = maps.second else { return }
    unsafe join.run(
      first: maps.input.pointer(pass, picture: picture), second: second.pointer(pass, picture: picture),
      output: maps.output.pointer(pass, picture: picture))
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    if isMean {
      passOn(maps.inputGradient, factor: 0.5, picture, pass)
      passOn(maps.secondGradient, factor: 0.5, picture, pass)
    } else {
      hand(to: maps.inputGradient, from: 0, picture, pass)
      hand(to: maps.secondGradient, from: maps.input.step, picture, pass)
    }
  }

  /// Gives the part of the output's gradient that begins at `start` to an input.
  private func hand(to target: GradientTarget?, from start: Int, _ picture: Int, _ pass: NetworkPass) {
    guard let target else { return }
    unsafe elementwise.scale(
      count: target.map.step, by: 1, input: outputGradient(picture, pass) + start,
      accumulates: target.accumulates, output: target.map.pointer(pass, picture: picture))
  }
}

/// Option A's shortcut.
final class ZeroPadLayer: PictureLayer {
  private let pad: PreparedZeroPad

  init(maps: LayerMaps, pad: PreparedZeroPad) {
    self.pad = pad
    super.init(maps: maps)
  }

  override func forward(picture: Int, _ pass: NetworkPass) {
    unsafe pad.run(
      input: maps.input.pointer(pass, picture: picture), output: maps.output.pointer(pass, picture: picture))
  }

  override func backward(picture: Int, _ pass: NetworkPass) {
    guard let target = maps.inputGradient else { return }
    unsafe pad.backward(
      outputGradient: outputGradient(picture, pass),
      inputGradient: target.map.pointer(pass, picture: picture), accumulates: target.accumulates)
  }
}
