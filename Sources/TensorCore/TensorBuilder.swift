/// A tensor whose elements are being filled in, by several threads if need be, each its own range.
@safe package final class TensorBuilder: @unchecked Sendable {
  package let shape: Shape
  package let elementType: ElementType
  private let storage: TensorStorage
  private let target: UnsafeMutableRawPointer

  /// Allocates the elements, not initialized.
  package init(shape: Shape, elementType: ElementType) {
    self.shape = shape
    self.elementType = elementType
    let buffer = AlignedBuffer(byteCount: shape.elementCount * elementType.byteCount, uninitialized: true)
    unsafe target = buffer.baseAddress
    storage = TensorStorage(buffer)
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
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// The tensor, once all elements are written.
  package func tensor() -> Tensor {
    Tensor(shape: shape, elementType: elementType, storage: storage)
  }
}
