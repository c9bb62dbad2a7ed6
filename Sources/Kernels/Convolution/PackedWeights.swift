import TensorCore
import Threads

/// The packed weights and the biases that a kernel reads.
@safe final class PackedWeights: Sendable {
  private let outputChannels: Int
  private let packedBuffer: AlignedBuffer
  private let biasBuffer: AlignedBuffer

  /// Memory for weights that are packed again and again, with biases of 0.
  ///
  /// - Parameter packer: writes all of them.
  init(_ packer: WeightPacker, outputChannels: Int, kernels: KernelTable) {
    self.outputChannels = outputChannels
    packedBuffer = AlignedBuffer(floatCount: packer.floatCount, uninitialized: true)
    biasBuffer = AlignedBuffer(floatCount: kernels.padded(outputChannels))
  }

  /// Scales each output channel and packs.
  ///
  /// - Parameters:
  ///   - columns: the order, from inputs to outputs.
  ///   - weights: as many as the columns name.
  ///   - scale: one factor for each output channel.
  ///   - bias: one number for each output channel.
  ///   - pool: does the packing.
  convenience init(
    _ columns: WeightColumns, weights: Tensor, scale: [Double], bias: [Double], pool: WorkerPool,
    kernels: KernelTable
  ) {
    let outputs = columns.columns * columns.groups
    precondition(scale.count == outputs && bias.count == outputs, "a scale and a bias for each output")
    let packer = WeightPacker(kernels: kernels)
    packer.add(columns)
    self.init(packer, outputChannels: outputs, kernels: kernels)
    unsafe packer.pack(weights.floatPointer, scale: scale, into: mutablePacked, pool: pool)
    unsafe setBias(bias.map { Float($0) })
  }

  var byteCount: Int { packedBuffer.byteCount + biasBuffer.byteCount }

  var packed: UnsafePointer<Float> {
    unsafe UnsafePointer(mutablePacked)
  }

  /// The packed weights, to be written while no kernel reads them.
  var mutablePacked: UnsafeMutablePointer<Float> {
    unsafe packedBuffer.baseAddress.assumingMemoryBound(to: Float.self)
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
