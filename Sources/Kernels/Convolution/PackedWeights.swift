import CKernels
package import TensorCore

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
    let columns = WeightColumns.forward(
      layout: engine.layout, inputs: inputChannels * groups, outputs: outputChannels, groups: groups,
      taps: dimensions[2] * dimensions[3])
    packedBuffer = AlignedBuffer(floatCount: columns.floatCount(kernels), uninitialized: true)
    let packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    unsafe scale.withUnsafeBufferPointer { scale in
      unsafe packer.pack(
        weights.floatPointer, scale: scale.baseAddress, into: mutablePacked, pool: pool)
    }
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
  /// The order of the packed weights that the engine reads.
  var layout: WeightColumns.Layout {
    switch self {
    case .product, .rows: .panels
    case .winograd: .winograd
    case .grouped, .direct, .exact: .flat
    }
  }
}
