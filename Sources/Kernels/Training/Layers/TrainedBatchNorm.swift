import CKernels
import TensorCore
package import Threads

/// A batch norm over [rows, channels], a row being a pixel of an image, with optional residual and ReLU, and its gradients.
///
/// In training it takes the batch's own statistics and keeps running ones, as PyTorch does (Ioffe and Szegedy 2015). The rows
/// are cut into pieces of a fixed size whose sums are added in order, so results do not depend on the number of threads.
@safe package final class TrainedBatchNorm: ParallelJob {
  /// What the workers are at.
  private enum Phase {
    case moments, apply, mask, gradientSums, gradient, scaledGradient
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
  private let gradientKernels: LayerGradientKernels
  private let rowsPerPiece: Int
  private let vectors: AlignedBuffer
  private let inverses: AlignedBuffer
  private let sums: AlignedBuffer
  private var phase = Phase.moments
  private var rows = 0
  private var relu = false
  private var accumulates = false
  private var norm: rz_norm
  private var residual: UnsafePointer<Float>?
  private var output: UnsafeMutablePointer<Float>?
  private var outputGradient: UnsafeMutablePointer<Float>?
  private var inputGradient: UnsafeMutablePointer<Float>?

  /// - Parameters:
  ///   - epsilon: added to the variance.
  ///   - capacity: most rows.
  package init(channels: Int, epsilon: Double, capacity: Int, kernels: KernelTable = .current) {
    self.channels = channels
    self.epsilon = epsilon
    self.kernels = kernels
    gradientKernels = kernels.layerGradients
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

  private func run(_ phase: Phase, pool: WorkerPool) {
    self.phase = phase
    pool.run(self, tasks: pieces)
  }

  package func run(task: Int, worker: Int) {
    let first = task * rowsPerPiece
    let count = min(rowsPerPiece, rows - first)
    let start = first * channels
    switch phase {
    case .moments:
      let sums = unsafe sums(of: task)
      unsafe gradientKernels.moments(
        count, channels, norm.input.map { unsafe $0 + start }, vector(.pivot), sums, sums + channels)
    case .apply:
      unsafe kernels.affine(
        count, channels, norm.input.map { unsafe $0 + start }, vector(.scale), vector(.shift),
        residual.map { unsafe $0 + start }, channels, relu, output.map { unsafe $0 + start })
    case .mask:
      unsafe gradientKernels.relu(
        count * channels, norm.output.map { unsafe $0 + start }, outputGradient.map { unsafe $0 + start })
    case .gradientSums:
      let sums = unsafe sums(of: task)
      unsafe withUnsafePointer(to: norm) { norm in
        unsafe gradientKernels.normSums(
          count, channels, norm, start, outputGradient.map { unsafe $0 + start }, sums, sums + channels)
      }
    case .gradient:
      unsafe withUnsafePointer(to: norm) { norm in
        unsafe gradientKernels.norm(
          count, channels, norm, start, outputGradient.map { unsafe $0 + start }, vector(.byGradient),
          vector(.byInput), vector(.constant), accumulates, inputGradient.map { unsafe $0 + start })
      }
    case .scaledGradient:
      unsafe gradientKernels.scaled(
        count, channels, vector(.scale), outputGradient.map { unsafe $0 + start }, accumulates,
        inputGradient.map { unsafe $0 + start })
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
    run(.moments, pool: pool)
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
    unsafe apply(residual: residual, relu: relu, output: output, pool: pool)
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
    unsafe apply(residual: residual, relu: relu, output: output, pool: pool)
  }

  private func set(_ channel: Int, mean: Double, variance: Double, parameters: Pair) {
    let inverse = 1 / (variance + epsilon).squareRoot()
    let scale = unsafe Double(parameters.first[channel]) * inverse
    unsafe self.inverse[channel] = inverse
    unsafe vector(.mean)[channel] = Float(mean)
    unsafe vector(.scale)[channel] = Float(scale)
    unsafe vector(.shift)[channel] = Float(Double(parameters.second[channel]) - mean * scale)
  }

  private func apply(
    residual: UnsafePointer<Float>?, relu: Bool, output: UnsafeMutablePointer<Float>, pool: WorkerPool
  ) {
    unsafe self.residual = residual
    self.relu = relu
    unsafe self.output = output
    run(.apply, pool: pool)
  }

  /// Gradients after ``forward(rows:input:residual:relu:output:parameters:running:momentum:pool:)``.
  ///
  /// With a residual behind ReLU the output's gradient is masked where it lies, and then is the residual's.
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
    self.accumulates = accumulates
    unsafe self.outputGradient = outputGradient
    unsafe self.inputGradient = inputGradient
    unsafe norm.input = input
    unsafe norm.output = output
    let masksByInput = unsafe output == nil
    unsafe norm.mask = Int32(
      relu ? (masksByInput ? RZ_MASK_INPUT : RZ_MASK_OUTPUT) : RZ_MASK_NONE)
    run(.gradientSums, pool: pool)
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
    if unsafe inputGradient != nil { run(.gradient, pool: pool) }
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
    self.accumulates = accumulates
    unsafe self.outputGradient = outputGradient
    unsafe self.inputGradient = inputGradient
    unsafe norm.output = output
    if unsafe output != nil { run(.mask, pool: pool) }
    if unsafe inputGradient != nil { run(.scaledGradient, pool: pool) }
  }
}
