import TensorCore
import Threads

/// The packed weights and the biases that a kernel reads.
@safe final class PackedWeights: @unchecked Sendable {
  private let outputChannels: Int
  private let packedBuffer: PackedBuffer
  private let biasBuffer: AlignedBuffer
  /// The packed weights.
  let packed: UnsafePointer<Float>
  /// Bytes of the packed weights and the biases.
  let byteCount: Int

  /// Memory for weights that are packed again and again, with biases of 0.
  ///
  /// - Parameter packer: writes all of them, but for halves of pairs that no weight fills, which are 0.
  convenience init(_ packer: WeightPacker, outputChannels: Int, kernels: KernelTable) {
    self.init(
      AlignedBuffer(floatCount: packer.floatCount), sharing: nil,
      outputChannels: outputChannels, kernels: kernels)
  }

  private init(
    _ own: consuming AlignedBuffer, sharing: (any ByteSharing)?, outputChannels: Int, kernels: KernelTable
  ) {
    self.outputChannels = outputChannels
    biasBuffer = AlignedBuffer(floatCount: kernels.padded(outputChannels))
    packedBuffer = PackedBuffer(own, sharing: sharing)
    byteCount = packedBuffer.byteCount + biasBuffer.byteCount
    unsafe packed = packedBuffer.start.assumingMemoryBound(to: Float.self)
  }

  /// Scales each output channel and packs.
  ///
  /// - Parameters:
  ///   - columns: the order, from inputs to outputs.
  ///   - weights: as many as the columns name.
  ///   - scale: one factor for each output channel.
  ///   - bias: one number for each output channel.
  ///   - pool: does the packing.
  ///   - sharing: where processes have packed weights in common; nil for memory of this one alone.
  convenience init(
    _ columns: WeightColumns, weights: Tensor, scale: [Double], bias: [Double], pool: WorkerPool,
    sharing: (any ByteSharing)?, kernels: KernelTable
  ) {
    let outputs = columns.columns * columns.groups
    precondition(scale.count == outputs && bias.count == outputs, "a scale and a bias for each output")
    let packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    // Pairs may have halves that no weight fills.
    let own = AlignedBuffer(floatCount: packer.floatCount, uninitialized: columns.layout != .pairs)
    unsafe packer.pack(
      weights.floatPointer, scale: scale, into: own.baseAddress.assumingMemoryBound(to: Float.self),
      pool: pool)
    self.init(own, sharing: sharing, outputChannels: outputs, kernels: kernels)
    unsafe setBias(bias.map { Float($0) })
  }

  /// The packed weights that are not shared, to be written while no kernel reads them.
  var mutablePacked: UnsafeMutablePointer<Float> {
    unsafe packedBuffer.mutableStart.assumingMemoryBound(to: Float.self)
  }

  /// The biases, padded with zeros to whole registers.
  var bias: UnsafePointer<Float> {
    unsafe UnsafePointer(biasBuffer.baseAddress.assumingMemoryBound(to: Float.self))
  }

  /// Sets the biases while no kernel reads them.
  ///
  /// - Parameter bias: one number for each output channel.
  func setBias(_ bias: UnsafePointer<Float>) {
    unsafe biasBuffer.baseAddress.assumingMemoryBound(to: Float.self).update(
      from: bias, count: outputChannels)
  }
}
