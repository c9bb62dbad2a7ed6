import Platform

/// 1 / (1 + exp(-x)) of every number.
@safe package final class PreparedSigmoid: ImagewiseKernel {
  private let count: Int

  /// - Parameter count: numbers of an image.
  package init(count: Int) {
    self.count = count
  }

  package var label: String { "sigmoid" }

  package func run(piece: Int, _ image: ImageCall) {
    unsafe Self.apply(to: image.input, count: count, output: image.output)
  }

  /// Computes so many numbers.
  ///
  /// - Parameter output: may be the input.
  package static func apply(to input: UnsafePointer<Float>, count: Int, output: UnsafeMutablePointer<Float>) {
    for index in 0..<count { unsafe output[index] = 1 / (1 + exp(-input[index])) }
  }
}
