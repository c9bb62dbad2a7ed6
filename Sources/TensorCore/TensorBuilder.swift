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

  /// Lends bytes `range` of the elements to `body`.
  ///
  /// The caller sees to it that no two threads have overlapping ranges, and that the tensor is taken only when
  /// every byte is written.
  package func withMutableBytes<E: Error>(
    _ range: Range<Int>, _ body: (inout MutableRawSpan) throws(E) -> Void
  ) throws(E) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= storage.byteCount,
      "bytes \(range) of a tensor of \(storage.byteCount)")
    var span = unsafe MutableRawSpan(_unsafeStart: target + range.lowerBound, byteCount: range.count)
    try body(&span)
  }

  /// The tensor, once all elements are written.
  package func tensor() -> Tensor {
    Tensor(shape: shape, elementType: elementType, storage: storage)
  }
}
