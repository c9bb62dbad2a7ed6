import CKernels

/// y = scale · x + shift by channel, with optional residual and ReLU, over [pixels, channels]: a norm that no convolution
/// takes in, a sum, a gate.
@safe package final class PreparedAffine: Sendable {
  private let pixels: Int
  private let scale: [Float]
  private let shift: [Float]?
  private let relu: Bool
  private let kernels: KernelTable
  private let pixelsPerTask: Int

  /// - Parameters:
  ///   - scale: one number for each channel.
  ///   - shift: one number for each channel, or nil for none.
  package init(pixels: Int, scale: [Float], shift: [Float]?, relu: Bool, kernels: KernelTable = .current) {
    precondition(shift == nil || shift?.count == scale.count, "as many shifts as scales")
    self.pixels = pixels
    self.scale = scale
    self.shift = shift
    self.relu = relu
    self.kernels = kernels
    pixelsPerTask = max(1, min(pixels, elementsPerTask / scale.count))
  }

  /// Independent pieces of one image's output.
  package var taskCount: Int { (pixels + pixelsPerTask - 1) / pixelsPerTask }

  /// - Parameter gate: takes the place of the scale, if there is one.
  package func run(
    task: Int, input: UnsafePointer<Float>, gate: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>
  ) {
    let channels = scale.count
    let first = task * pixelsPerTask
    let start = first * channels
    let count = min(pixelsPerTask, pixels - first)
    unsafe scale.withUnsafeBufferPointer { scale in
      guard let factors = unsafe gate ?? scale.baseAddress else { return }
      func apply(_ shift: UnsafePointer<Float>?) {
        unsafe kernels.c.pointee.elementwise.affine(
          count, channels, input + start, factors, shift,
          residual.map { unsafe $0 + start },
          channels, relu, output + start)
      }
      if let shift {
        unsafe shift.withUnsafeBufferPointer { shift in unsafe apply(shift.baseAddress) }
      } else {
        apply(nil)
      }
    }
  }
}

/// Numbers of a feature map that a worker takes at a time.
private let elementsPerTask = 1 << 14

/// Group norm with optional residual and ReLU over [pixels, channels].
@safe package final class PreparedGroupNorm: Sendable {
  private let pixels: Int
  private let groups: Int
  private let epsilon: Double
  private let weight: [Float]
  private let bias: [Float]
  private let relu: Bool
  private let kernels: KernelTable
  private let groupsPerTask: Int

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
    groupsPerTask = min(groups, max(1, 64 / (weight.count / groups)))
  }

  /// Independent pieces of one image's output.
  package var taskCount: Int { (groups + groupsPerTask - 1) / groupsPerTask }

  /// Floats of scratch that each worker needs: two doubles, a scale and a shift for each channel of a piece.
  package var scratchCount: Int { 6 * groupsPerTask * (weight.count / groups) }

  /// - Parameter scratch: ``scratchCount`` floats of this worker, aligned for doubles.
  package func run(
    task: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let groupChannels = weight.count / groups
    let firstGroup = task * groupsPerTask
    let first = firstGroup * groupChannels
    let count = min(groupsPerTask, groups - firstGroup) * groupChannels
    unsafe scratch.withMemoryRebound(to: Double.self, capacity: 2 * count) { sums in
      unsafe kernels.c.pointee.norms.moments(pixels, count, input + first, weight.count, sums, sums + count)
      let scale = unsafe scratch + 4 * count
      let shift = unsafe scale + count
      for start in stride(from: 0, to: count, by: groupChannels) {
        unsafe fold(
          channels: start..<start + groupChannels, first: first, sums: sums, squares: sums + count,
          scale: scale, shift: shift)
      }
      unsafe kernels.c.pointee.elementwise.affine(
        pixels, count, input + first, scale, shift, residual.map { unsafe $0 + first }, weight.count, relu,
        output + first)
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

/// Two inputs of one image joined: half their sum, or one after the other.
package struct PreparedJoin: Sendable {
  private let counts: (Int, Int)
  private let isMean: Bool

  /// - Parameter counts: floats of both inputs.
  package init(counts: (Int, Int), isMean: Bool) {
    self.counts = counts
    self.isMean = isMean
  }

  package func run(
    first: UnsafePointer<Float>, second: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
  ) {
    if isMean {
      for index in 0..<counts.0 { unsafe output[index] = 0.5 * (first[index] + second[index]) }
    } else {
      unsafe output.update(from: first, count: counts.0)
      unsafe (output + counts.0).update(from: second, count: counts.1)
    }
  }
}
