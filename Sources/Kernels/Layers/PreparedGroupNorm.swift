import CKernels

/// Group norm with optional residual and ReLU over [pixels, channels].
@safe package final class PreparedGroupNorm: ImagewiseKernel {
  private let pixels: Int
  private let groups: Int
  private let epsilon: Double
  private let weight: [Float]
  private let bias: [Float]
  private let relu: Bool
  private let kernels: KernelTable
  private let groupsPerPiece: Int

  /// - Parameters:
  ///   - weight: one number for each channel.
  ///   - bias: one number for each channel.
  package init(
    pixels: Int, groups: Int, epsilon: Double, weight: [Float], bias: [Float], relu: Bool,
    kernels: KernelTable = .current
  ) {
    precondition(weight.count % groups == 0 && bias.count == weight.count, "channels of another norm")
    self.pixels = pixels
    self.groups = groups
    self.epsilon = epsilon
    self.weight = weight
    self.bias = bias
    self.relu = relu
    self.kernels = kernels
    // At least a cache line of channels, so that workers do not share one.
    groupsPerPiece = min(groups, max(1, 64 / (weight.count / groups)))
  }

  package var label: String { "group norm" }
  package var pieceCount: Int { (groups + groupsPerPiece - 1) / groupsPerPiece }

  /// Two doubles, a scale and a shift for each channel of a piece.
  package var scratchCount: Int { 6 * groupsPerPiece * (weight.count / groups) }

  package func run(piece: Int, _ image: ImageCall) {
    let groupChannels = weight.count / groups
    let firstGroup = piece * groupsPerPiece
    let first = firstGroup * groupChannels
    let count = min(groupsPerPiece, groups - firstGroup) * groupChannels
    let scratch = unsafe image.scratch
    unsafe scratch.withMemoryRebound(to: Double.self, capacity: 2 * count) { sums in
      unsafe kernels.c.pointee.norms.moments(
        pixels, count, image.input + first, weight.count, sums, sums + count)
      let scale = unsafe scratch + 4 * count
      let shift = unsafe scale + count
      for start in stride(from: 0, to: count, by: groupChannels) {
        unsafe fold(
          channels: start..<start + groupChannels, first: first, sums: sums, squares: sums + count,
          scale: scale, shift: shift)
      }
      unsafe kernels.c.pointee.elementwise.affine(
        pixels, count, image.input + first, scale, shift, image.residual.map { unsafe $0 + first },
        weight.count, relu, image.output + first)
    }
  }

  /// Writes scale and shift of one group's channels.
  private func fold(
    channels: Range<Int>, first: Int, sums: UnsafePointer<Double>, squares: UnsafePointer<Double>,
    scale: UnsafeMutablePointer<Float>, shift: UnsafeMutablePointer<Float>
  ) {
    let elements = Double(pixels * channels.count)
    var sum = 0.0
    var square = 0.0
    for channel in channels {
      unsafe sum += sums[channel]
      unsafe square += squares[channel]
    }
    let mean = sum / elements
    let inverse = 1 / (max(square / elements - mean * mean, 0) + epsilon).squareRoot()
    for channel in channels {
      let factor = Double(weight[first + channel]) * inverse
      unsafe scale[channel] = Float(factor)
      unsafe shift[channel] = Float(Double(bias[first + channel]) - mean * factor)
    }
  }
}
