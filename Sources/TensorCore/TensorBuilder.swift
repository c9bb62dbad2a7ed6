/// A tensor whose elements are being filled in, by several threads if need be, each its own range.
@safe package final class TensorBuilder: @unchecked Sendable {
  package let shape: Shape
  package let elementType: ElementType
  private let storage: TensorStorage
  private let target: UnsafeMutableRawPointer

  /// Elements, not initialized, at `offset` in a buffer.
  private init(shape: Shape, elementType: ElementType, owner: BufferOwner, offset: Int) {
    self.shape = shape
    self.elementType = elementType
    unsafe target = owner.buffer.baseAddress + offset
    let byteCount = elementType.byteCount(of: shape)
    unsafe storage = TensorStorage(
      bytes: UnsafeRawBufferPointer(start: target, count: byteCount), owner: owner)
  }

  /// Builders of tensors that lie side by side in one buffer, which lasts as long as any of them.
  ///
  /// - Precondition: the sum of their sizes fits an `Int`.
  package static func builders(of tensors: [(shape: Shape, elementType: ElementType)]) -> [TensorBuilder] {
    var byteCount = 0
    let offsets = tensors.map { tensor in
      defer {
        byteCount += tensor.elementType.byteCount(of: tensor.shape)
        byteCount += -byteCount & (AlignedBuffer.alignment - 1)
      }
      return byteCount
    }
    let owner = BufferOwner(AlignedBuffer(byteCount: byteCount, uninitialized: true))
    return zip(tensors, offsets).map { tensor, offset in
      TensorBuilder(shape: tensor.shape, elementType: tensor.elementType, owner: owner, offset: offset)
    }
  }

  /// The elements' bytes in `range`, to be written.
  ///
  /// The caller sees to it that no two threads have overlapping ranges, and that the tensor is taken only when
  /// every byte is written.
  @_lifetime(borrow self)
  package func mutableBytes(in range: Range<Int>) -> MutableRawSpan {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= storage.byteCount,
      "bytes \(range) of a tensor of \(storage.byteCount)")
    let span = unsafe MutableRawSpan(_unsafeStart: target + range.lowerBound, byteCount: range.count)
    // As AlignedBuffer explains.
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// The tensor, once all elements are written.
  package func tensor() -> Tensor {
    Tensor(shape: shape, elementType: elementType, storage: storage)
  }
}
