import CKernels
package import TensorCore
package import Threads

/// A convolution's weights with its batch norm folded in, laid out for one engine.
@safe package final class PackedWeights: Sendable {
  package let outputChannels: Int
  /// Of one group.
  package let inputChannels: Int
  package let groups: Int
  package let engine: ConvolutionEngine
  private let packedBuffer: AlignedBuffer
  private let biasBuffer: AlignedBuffer

  /// Scales each output channel and packs.
  ///
  /// - Parameters:
  ///   - weights: [outputChannels, inputChannels of a group, kernel, kernel]
  ///   - scale: one factor for each output channel.
  ///   - bias: one number for each output channel.
  ///   - engine: what the weights are for.
  ///   - pool: does the packing.
  package init(
    weights: Tensor, scale: [Double], bias: [Double], groups: Int, engine: ConvolutionEngine,
    pool: WorkerPool,
    kernels: KernelTable = .current
  ) {
    let dimensions = weights.shape.dimensions
    precondition(dimensions.count == 4, "convolution weights of shape \(weights.shape)")
    precondition(scale.count == dimensions[0] && bias.count == dimensions[0], "a scale and a bias by channel")
    outputChannels = dimensions[0]
    inputChannels = dimensions[1]
    self.groups = groups
    self.engine = engine
    var biases = AlignedBuffer(floatCount: kernels.padded(outputChannels))
    var span = biases.mutableFloats
    for channel in bias.indices { span[channel] = Float(bias[channel]) }
    biasBuffer = biases
    let columns =
      engine.hasPanels ? kernels.padded(outputChannels / groups) * groups : outputChannels
    let numbers = engine == .winograd ? PreparedWinograd.tileArea : dimensions[2] * dimensions[3]
    packedBuffer = AlignedBuffer(floatCount: numbers * inputChannels * columns, uninitialized: true)
    let job = unsafe PackJob(
      weights: weights, scale: scale, groups: groups, engine: engine,
      packed: packedBuffer.baseAddress.assumingMemoryBound(to: Float.self), kernels: kernels)
    pool.run(job, tasks: job.taskCount)
  }

  /// Room for weights that are packed again and again, with biases of 0.
  init(
    outputChannels: Int, inputChannels: Int, groups: Int, engine: ConvolutionEngine, floatCount: Int,
    kernels: KernelTable
  ) {
    self.outputChannels = outputChannels
    self.inputChannels = inputChannels
    self.groups = groups
    self.engine = engine
    biasBuffer = AlignedBuffer(floatCount: kernels.padded(outputChannels))
    packedBuffer = AlignedBuffer(floatCount: floatCount)
  }

  var byteCount: Int { packedBuffer.byteCount + biasBuffer.byteCount }

  /// Pieces of the output channels that a kernel may take apart.
  func panelCount(_ kernels: KernelTable) -> Int {
    engine == .grouped ? outputChannels / kernels.lanes : kernels.panels(of: outputChannels / groups) * groups
  }

  var cGroups: rz_groups {
    rz_groups(
      output_channels: outputChannels, group_inputs: inputChannels, group_outputs: outputChannels / groups)
  }

  var packed: UnsafePointer<Float> {
    unsafe UnsafePointer(mutablePacked)
  }

  /// To be written while no convolution reads it.
  var mutablePacked: UnsafeMutablePointer<Float> {
    unsafe packedBuffer.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// Padded with zeros to whole registers.
  var bias: UnsafePointer<Float> {
    unsafe UnsafePointer(biasBuffer.baseAddress.assumingMemoryBound(to: Float.self))
  }

  /// Sets the biases while no convolution reads them.
  ///
  /// - Parameter bias: one number for each output channel.
  func setBias(_ bias: UnsafePointer<Float>) {
    unsafe biasBuffer.baseAddress.assumingMemoryBound(to: Float.self).update(
      from: bias, count: outputChannels)
  }
}

extension ConvolutionEngine {
  /// Whether weights lie in panels of output channels; else in rows of all of them.
  fileprivate var hasPanels: Bool {
    switch self {
    case .product, .rows, .winograd: true
    case .grouped, .direct, .exact: false
    }
  }
}

/// Packs runs of input channels, or groups.
@safe private final class PackJob: ParallelJob {
  private let weights: Tensor
  private let scale: [Double]
  private let groups: Int
  private let engine: ConvolutionEngine
  private let packed: UnsafeMutablePointer<Float>
  private let kernels: KernelTable
  private static let inputsPerTask = 64

  init(
    weights: Tensor, scale: [Double], groups: Int, engine: ConvolutionEngine,
    packed: UnsafeMutablePointer<Float>, kernels: KernelTable
  ) {
    self.weights = weights
    self.scale = scale
    self.groups = groups
    self.engine = engine
    unsafe self.packed = packed
    self.kernels = kernels
  }

  private var outputs: Int { weights.shape.dimensions[0] }
  private var inputs: Int { weights.shape.dimensions[1] }
  private var taps: Int { weights.shape.dimensions[2] * weights.shape.dimensions[3] }
  private var hasGroupsOfPanels: Bool { groups > 1 && engine.hasPanels }
  var taskCount: Int {
    hasGroupsOfPanels ? groups : (inputs + Self.inputsPerTask - 1) / Self.inputsPerTask
  }

  func run(task: Int, worker: Int) {
    unsafe scale.withUnsafeBufferPointer { scale in
      guard let scale = scale.baseAddress else { return }
      if hasGroupsOfPanels {
        unsafe packGroup(task, scale: scale)
      } else {
        let first = task * Self.inputsPerTask
        unsafe packInputs(first, count: min(Self.inputsPerTask, inputs - first), scale: scale)
      }
    }
  }

  private func packGroup(_ group: Int, scale: UnsafePointer<Double>) {
    let size = outputs / groups
    unsafe kernels.packPanels(
      size, inputs, taps, 0, inputs, weights.floatPointer + group * size * inputs * taps,
      scale + group * size,
      packed + group * kernels.padded(size) * inputs * taps)
  }

  private func packInputs(_ first: Int, count: Int, scale: UnsafePointer<Double>) {
    switch engine {
    case .product, .rows:
      unsafe kernels.packPanels(outputs, inputs, taps, first, count, weights.floatPointer, scale, packed)
    case .winograd:
      unsafe kernels.packWinograd(outputs, inputs, first, count, weights.floatPointer, scale, packed)
    case .grouped, .direct, .exact:
      unsafe kernels.packWeights(
        outputs, inputs, taps, first, count, weights.floatPointer, scale, packed, outputs)
    }
  }
}
