package import TensorCore

/// Floats that lie side by side and that a training changes in place.
@safe package final class FlatArray {
  private let buffer: AlignedBuffer
  /// Number of floats.
  package let count: Int

  /// An array of zeros.
  package init(count: Int) {
    self.count = count
    buffer = AlignedBuffer(floatCount: count)
  }

  /// The first float, valid as long as the array.
  package var pointer: UnsafeMutablePointer<Float> {
    unsafe buffer.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// A copy of some of the floats.
  package func tensor(_ range: Range<Int>, shape: Shape) -> Tensor {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "floats \(range) of \(count)")
    var copy = AlignedBuffer(floatCount: range.count, uninitialized: true)
    var target = copy.mutableFloats
    for index in 0..<range.count { unsafe target[index] = pointer[range.lowerBound + index] }
    return Tensor(shape: shape, elementType: .float32, buffer: copy)
  }

  /// Overwrites floats, beginning at `start`, with a tensor's.
  package func set(_ start: Int, to tensor: Tensor) {
    let floats = tensor.floats
    precondition(
      start >= 0 && start + floats.count <= count, "\(floats.count) floats from \(start) of \(count)")
    for index in floats.indices { unsafe pointer[start + index] = floats[index] }
  }
}
