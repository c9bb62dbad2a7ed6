package import TensorCore

/// A convolution's weights with its batch norm folded in, laid out for the kernels:
/// [kernel row][kernel column][input channel of the group][output channel].
@safe package final class PackedWeights: Sendable {
  package let outputChannels: Int
  /// Of one group.
  package let inputChannels: Int
  package let groups: Int
  private let packedBuffer: AlignedBuffer
  private let biasBuffer: AlignedBuffer

  /// Scales each output channel and packs.
  ///
  /// - Parameters:
  ///   - weights: [outputChannels, inputChannels of a group, kernel, kernel]
  ///   - scale: one factor for each output channel.
  ///   - bias: one number for each output channel.
  ///   - pool: does the packing.
  package init(
    weights: Tensor, scale: [Double], bias: [Double], groups: Int, pool: WorkerPool,
    kernels: KernelTable = .current
  ) {
    let dimensions = weights.shape.dimensions
    precondition(dimensions.count == 4, "convolution weights of shape \(weights.shape)")
    precondition(scale.count == dimensions[0] && bias.count == dimensions[0], "a scale and a bias by channel")
    outputChannels = dimensions[0]
    inputChannels = dimensions[1]
    self.groups = groups
    var biases = AlignedBuffer(floatCount: outputChannels)
    var span = biases.mutableFloats
    for channel in bias.indices { span[channel] = Float(bias[channel]) }
    biasBuffer = biases
    packedBuffer = AlignedBuffer(floatCount: weights.shape.elementCount, uninitialized: true)
    let job = unsafe PackJob(
      weights: weights, scale: scale, taps: dimensions[2] * dimensions[3],
      packed: packedBuffer.baseAddress.assumingMemoryBound(to: Float.self), kernels: kernels)
    pool.run(job, tasks: job.taskCount)
  }

  var packed: UnsafePointer<Float> {
    unsafe UnsafePointer(packedBuffer.baseAddress.assumingMemoryBound(to: Float.self))
  }

  var bias: UnsafePointer<Float> {
    unsafe UnsafePointer(biasBuffer.baseAddress.assumingMemoryBound(to: Float.self))
  }
}

/// Packs runs of input channels.
@safe private final class PackJob: ParallelJob {
  private let weights: Tensor
  private let scale: [Double]
  private let taps: Int
  private let packed: UnsafeMutablePointer<Float>
  private let kernels: KernelTable
  private static let inputsPerTask = 64

  init(
    weights: Tensor, scale: [Double], taps: Int, packed: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    self.weights = weights
    self.scale = scale
    self.taps = taps
    unsafe self.packed = packed
    self.kernels = kernels
  }

  private var inputs: Int { weights.shape.dimensions[1] }
  var taskCount: Int { (inputs + Self.inputsPerTask - 1) / Self.inputsPerTask }

  func run(task: Int, worker: Int) {
    let outputs = weights.shape.dimensions[0]
    let first = task * Self.inputsPerTask
    let count = min(Self.inputsPerTask, inputs - first)
    unsafe scale.withUnsafeBufferPointer { scale in
      unsafe kernels.packWeights(
        outputs, inputs, taps, first, count, weights.floatPointer, scale.baseAddress, packed, outputs)
    }
  }
}
