package import ResNetGraph
import TensorCore

/// Inputs of a network and their targets. The memory is used again from batch to batch.
@safe package final class TrainingBatch {
  /// The most inputs of a batch.
  package let capacity: Int
  /// The shape of one input; it lies in memory as [height, width, channels].
  package let shape: FeatureShape
  /// The target of each input; there are as many inputs as targets.
  package var targets: [Target] = []
  private let inputs: AlignedBuffer

  /// - Complexity: O(capacity · elements of the shape) bytes.
  package init(capacity: Int, shape: FeatureShape) {
    precondition(capacity > 0, "a batch for \(capacity) inputs")
    self.capacity = capacity
    self.shape = shape
    targets.reserveCapacity(capacity)
    inputs = AlignedBuffer(floatCount: capacity * shape.elementCount, uninitialized: true)
  }

  /// The number of inputs in the batch.
  package var count: Int { targets.count }

  /// The memory of all inputs, one after the other; valid as long as the batch.
  var floats: UnsafeMutablePointer<Float> {
    unsafe inputs.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// Lends the memory of one input, [height, width, channels].
  ///
  /// - Precondition: `index` is below ``capacity``.
  package func withInput<Result, Failure: Error>(
    _ index: Int, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition((0..<capacity).contains(index), "input \(index) of a batch of \(capacity)")
    var span = unsafe MutableSpan(
      _unsafeStart: floats + index * shape.elementCount,
      count: shape.elementCount)
    return try body(&span)
  }
}
