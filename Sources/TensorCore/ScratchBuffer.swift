/// Working memory of one thread at a time, whose parts are read and written by turns.
///
/// Unlike an ``AlignedBuffer`` it lends parts without exclusive access: the thread that has it writes a part
/// before it reads it, and never holds a part for writing that overlaps another in use.
@safe package final class ScratchBuffer: @unchecked Sendable {
  private let buffer: AlignedBuffer

  /// Memory that is not initialized.
  package init(byteCount: Int) {
    buffer = AlignedBuffer(byteCount: byteCount, uninitialized: true)
  }

  /// A part that was written.
  @_lifetime(borrow self)
  package func bytes(in range: Range<Int>) -> RawSpan {
    check(range)
    let span = unsafe RawSpan(
      _unsafeStart: UnsafeRawPointer(buffer.baseAddress) + range.lowerBound, byteCount: range.count)
    // As AlignedBuffer explains.
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  /// A part to be written.
  @_lifetime(borrow self)
  package func mutableBytes(in range: Range<Int>) -> MutableRawSpan {
    check(range)
    let span = unsafe MutableRawSpan(
      _unsafeStart: buffer.baseAddress + range.lowerBound, byteCount: range.count)
    return unsafe _overrideLifetime(span, borrowing: self)
  }

  private func check(_ range: Range<Int>) {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= buffer.byteCount,
      "bytes \(range) of working memory of \(buffer.byteCount)")
  }
}
