/// Two inputs of one image joined: half their sum, or one after the other.
@safe package final class PreparedJoin: ImagewiseKernel {
  private let counts: (Int, Int)
  private let isMean: Bool

  /// - Parameter counts: floats of both inputs.
  package init(counts: (Int, Int), isMean: Bool) {
    self.counts = counts
    self.isMean = isMean
  }

  package var label: String { "join" }

  package func run(piece: Int, _ image: ImageCall) {
    guard let second = unsafe image.second else { preconditionFailure("a join of one input") }
    let (first, output) = unsafe (image.input, image.output)
    if isMean {
      for index in 0..<counts.0 { unsafe output[index] = 0.5 * (first[index] + second[index]) }
    } else {
      unsafe output.update(from: first, count: counts.0)
      unsafe (output + counts.0).update(from: second, count: counts.1)
    }
  }
}
