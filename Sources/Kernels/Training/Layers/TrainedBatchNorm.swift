import CKernels
import TensorCore
package import Threads

/// A batch norm over [rows, channels], a row being a pixel of an image, with optional residual and ReLU, and its gradients.
///
/// In training it takes the batch's own statistics and keeps running ones, as PyTorch does (Ioffe and Szegedy 2015). The rows
/// are cut into pieces of a fixed size whose sums are added in order, so results do not depend on the number of threads.
@safe package final class TrainedBatchNorm: ParallelJob {
  /// One pass of the workers over the rows.
  @safe private enum Work {
    case moments(input: UnsafePointer<Float>)
    case apply(
      input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, relu: Bool,
      output: UnsafeMutablePointer<Float>)
    case mask(output: UnsafePointer<Float>, gradient: UnsafeMutablePointer<Float>)
    case gradientSums(gradient: UnsafeMutablePointer<Float>)
    case gradient(
      gradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool)
    case scaledGradient(
      gradient: UnsafeMutablePointer<Float>, inputGradient: UnsafeMutablePointer<Float>, accumulates: Bool)
  }

  /// Numbers for each channel.
  private enum Vector: Int, CaseIterable {
    /// The first row, from which the others are measured.
    case pivot
    case mean, scale, shift
    /// The coefficients of the input's gradient.
    case byGradient, byInput, constant
  }

  /// Weights, or their gradients, or running statistics: one number for each channel in both.
  @safe package struct Pair {
    let first: UnsafeMutablePointer<Float>
    let second: UnsafeMutablePointer<Float>

    /// Weight and bias, or mean and variance.
    package init(_ first: UnsafeMutablePointer<Float>, _ second: UnsafeMutablePointer<Float>) {
      unsafe self.first = first
      unsafe self.second = second
    }
  }

  private let channels: Int
  private let epsilon: Double
  private let kernels: KernelTable
  private let rowsPerPiece: Int
  private let vectors: AlignedBuffer
  private let inverses: AlignedBuffer
  private let sums: AlignedBuffer
  private var work: Work?
  private var rows = 0
  private var norm: rz_norm

  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - capacity: most rows.
  package init(channels: Int, epsilon: Double, capacity: Int, kernels: KernelTable = .current) {
    self.channels = channels
    self.epsilon = epsilon
    self.kernels = kernels
    rowsPerPiece = max(Self.fewestRows, Self.elementsPerPiece / channels)
    vectors = AlignedBuffer(floatCount: Vector.allCases.count * channels)
    inverses = AlignedBuffer(byteCount: channels * MemoryLayout<Double>.stride)
    let pieces = (capacity + rowsPerPiece - 1) / rowsPerPiece
    sums = AlignedBuffer(byteCount: 2 * pieces * channels * MemoryLayout<Double>.stride)
    unsafe norm = rz_norm()
    unsafe norm.mean = UnsafePointer(vector(.mean))
    unsafe norm.scale = UnsafePointer(vector(.scale))
    unsafe norm.shift = UnsafePointer(vector(.shift))
  }

  private static let fewestRows = 64
  private static let elementsPerPiece = 1 << 15

  private var pieces: Int { (rows + rowsPerPiece - 1) / rowsPerPiece }

  private func vector(_ vector: Vector) -> UnsafeMutablePointer<Float> {
    unsafe vectors.baseAddress.assumingMemoryBound(to: Float.self) + vector.rawValue * channels
  }

  private var inverse: UnsafeMutablePointer<Double> {
    unsafe inverses.baseAddress.assumingMemoryBound(to: Double.self)
  }

  /// The two sums of one piece.
  private func sums(of piece: Int) -> UnsafeMutablePointer<Double> {
    unsafe sums.baseAddress.assumingMemoryBound(to: Double.self) + 2 * piece * channels
  }

  private func run(_ work: Work, pool: WorkerPool) {
    self.work = work
    pool.run(self, tasks: pieces)
  }

  package func run(task: Int, worker: Int) {
    guard let work else { return }
    let first = task * rowsPerPiece
    let count = min(rowsPerPiece, rows - first)
    let start = first * channels
    let sums = unsafe sums(of: task)
    let c = unsafe kernels.c
    switch work {
    case .moments(let input):
      unsafe c.pointee.norms.pivoted_moments(
        count, channels, input + start, vector(.pivot), sums, sums + channels)
    case .apply(let input, let residual, let relu, let output):
      unsafe c.pointee.elementwise.affine(
        count, channels, input + start, vector(.scale), vector(.shift), residual.map { unsafe $0 + start },
        channels, relu, output + start)
    case .mask(let output, let gradient):
      unsafe c.pointee.elementwise.relu_gradient(count * channels, output + start, gradient + start)
    case .gradientSums(let gradient):
      unsafe withUnsafePointer(to: norm) { norm in
        unsafe c.pointee.norms.gradient_sums(
          count, channels, norm, start, gradient + start, sums, sums + channels)
      }
    case .gradient(let gradient, let inputGradient, let accumulates):
      unsafe withUnsafePointer(to: norm) { norm in
        unsafe c.pointee.norms.gradient(
          count, channels, norm, start, gradient + start, vector(.byGradient), vector(.byInput),
          vector(.constant), accumulates, inputGradient + start)
      }
    case .scaledGradient(let gradient, let inputGradient, let accumulates):
      unsafe c.pointee.elementwise.scale_channels(
        count, channels, vector(.scale), gradient + start, accumulates, inputGradient + start)
    }
  }

  /// Adds the sums of all pieces, in order, to those of the first.
  private func addPieces() -> UnsafeMutablePointer<Double> {
    let total = unsafe sums(of: 0)
    for piece in 1..<max(pieces, 1) {
      let part = unsafe sums(of: piece)
      for index in 0..<2 * channels { unsafe total[index] += part[index] }
    }
    return unsafe total
  }
}

extension TrainedBatchNorm {
  /// output = relu?(norm of the input + residual) with the statistics of the batch, which enter the running ones.
  ///
  /// - Parameters:
  ///   - rows: pixels of all images.
  ///   - running: mean and variance; the batch's enter with the weight `momentum`, the variance as PyTorch counts it,
  ///     over one row less.
  package func forward(
    rows: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, relu: Bool,
    output: UnsafeMutablePointer<Float>, parameters: Pair, running: Pair, momentum: Double, pool: WorkerPool
  ) {
    self.rows = rows
    unsafe norm.input = input
    unsafe vector(.pivot).update(from: input, count: channels)
    unsafe run(.moments(input: input), pool: pool)
    let totals = unsafe addPieces()
    let count = Double(rows)
    for channel in 0..<channels {
      let offset = unsafe totals[channel] / count
      let mean = unsafe Double(vector(.pivot)[channel]) + offset
      let variance = unsafe max(totals[channels + channel] / count - offset * offset, 0)
      set(channel, mean: mean, variance: variance, parameters: parameters)
      let unbiased = variance * count / max(count - 1, 1)
      unsafe running.first[channel] += Float(momentum * (mean - Double(running.first[channel])))
      unsafe running.second[channel] += Float(momentum * (unbiased - Double(running.second[channel])))
    }
    unsafe run(.apply(input: input, residual: residual, relu: relu, output: output), pool: pool)
  }

  /// output = relu?(norm of the input + residual) with the running statistics.
  package func forwardFrozen(
    rows: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?, relu: Bool,
    output: UnsafeMutablePointer<Float>, parameters: Pair, running: Pair, pool: WorkerPool
  ) {
    self.rows = rows
    unsafe norm.input = input
    for channel in 0..<channels {
      unsafe set(
        channel, mean: Double(running.first[channel]), variance: Double(running.second[channel]),
        parameters: parameters)
    }
    unsafe run(.apply(input: input, residual: residual, relu: relu, output: output), pool: pool)
  }

  private func set(_ channel: Int, mean: Double, variance: Double, parameters: Pair) {
    let inverse = 1 / (variance + epsilon).squareRoot()
    let scale = unsafe Double(parameters.first[channel]) * inverse
    unsafe self.inverse[channel] = inverse
    unsafe vector(.mean)[channel] = Float(mean)
    unsafe vector(.scale)[channel] = Float(scale)
    unsafe vector(.shift)[channel] = Float(Double(parameters.second[channel]) - mean * scale)
  }

  /// Gradients after ``forward(rows:input:residual:relu:output:parameters:running:momentum:pool:)``.
  ///
  /// With a residual and ReLU the output's gradient is masked where it lies, and then is the residual's.
  ///
  /// - Parameters:
  ///   - output: of the forward pass, if there was a ReLU and a residual.
  ///   - inputGradient: nil where nothing asks for it; may be the output's gradient.
  package func backward(
    rows: Int, outputGradient: UnsafeMutablePointer<Float>, input: UnsafePointer<Float>, relu: Bool,
    output: UnsafePointer<Float>?, parameterGradients: Pair, inputGradient: UnsafeMutablePointer<Float>?,
    accumulates: Bool, pool: WorkerPool
  ) {
    self.rows = rows
    unsafe norm.input = input
    unsafe norm.output = output
    let masksByInput = unsafe output == nil
    unsafe norm.mask = Int32(
      relu ? (masksByInput ? RZ_MASK_INPUT : RZ_MASK_OUTPUT) : RZ_MASK_NONE)
    unsafe run(.gradientSums(gradient: outputGradient), pool: pool)
    let totals = unsafe addPieces()
    for channel in 0..<channels {
      let sum = unsafe totals[channel]
      let product = unsafe totals[channels + channel]
      let inverse = unsafe inverse[channel]
      let scale = unsafe Double(vector(.scale)[channel])
      unsafe parameterGradients.first[channel] = Float(product * inverse)
      unsafe parameterGradients.second[channel] = Float(sum)
      unsafe vector(.byGradient)[channel] = Float(scale)
      unsafe vector(.byInput)[channel] = Float(-scale * inverse * inverse * product / Double(rows))
      unsafe vector(.constant)[channel] = Float(-scale * sum / Double(rows))
    }
    if let inputGradient = unsafe inputGradient {
      unsafe run(
        .gradient(gradient: outputGradient, inputGradient: inputGradient, accumulates: accumulates),
        pool: pool)
    }
  }

  /// The input's gradient after ``forwardFrozen(rows:input:residual:relu:output:parameters:running:pool:)``.
  ///
  /// The output's gradient is masked where it lies, if there was a ReLU, and then is the residual's.
  ///
  /// - Parameters:
  ///   - output: of the forward pass, if there was a ReLU.
  ///   - inputGradient: nil where nothing asks for it; may be the output's gradient.
  package func backwardFrozen(
    rows: Int, outputGradient: UnsafeMutablePointer<Float>, output: UnsafePointer<Float>?,
    inputGradient: UnsafeMutablePointer<Float>?, accumulates: Bool, pool: WorkerPool
  ) {
    self.rows = rows
    if let output = unsafe output {
      unsafe run(.mask(output: output, gradient: outputGradient), pool: pool)
    }
    if let inputGradient = unsafe inputGradient {
      unsafe run(
        .scaledGradient(gradient: outputGradient, inputGradient: inputGradient, accumulates: accumulates),
        pool: pool)
    }
  }
}
