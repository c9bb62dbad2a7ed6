/// Memory aligned to 64 bytes (a cache line, an AVX-512 register) or more, owned by exactly one value.
@safe public struct AlignedBuffer: ~Copyable, @unchecked Sendable {
  /// The least alignment of every buffer, in bytes.
  public static let alignment = 64

  /// For the kernels of this package; valid as long as the buffer.
  package let baseAddress: UnsafeMutableRawPointer

  /// The buffer's size in bytes.
  public let byteCount: Int

  /// Allocates `byteCount` bytes; they are zero unless `uninitialized` says that the caller writes all of them.
  ///
  /// - Precondition: `byteCount` is not negative.
  public init(byteCount: Int, uninitialized: Bool = false) {
    precondition(byteCount >= 0, "a buffer of \(byteCount) bytes")
    self.byteCount = byteCount
    unsafe baseAddress = .allocate(
      byteCount: max(byteCount, 1), alignment: LargePages.alignment(byteCount: byteCount))
    unsafe LargePages.request(UnsafeMutableRawBufferPointer(start: baseAddress, count: byteCount))
    if !uninitialized {
      unsafe baseAddress.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }
  }

  /// Allocates room for `floatCount` floats.
  public init(floatCount: Int, uninitialized: Bool = false) {
    self.init(byteCount: floatCount * MemoryLayout<Float>.stride, uninitialized: uninitialized)
  }

  deinit {
    unsafe baseAddress.deallocate()
  }

  /// All bytes, to read.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = unsafe RawSpan(_unsafeStart: baseAddress, byteCount: byteCount)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// All bytes, to write.
  public var mutableBytes: MutableRawSpan {
    @_lifetime(&self)
    mutating get {
      let span = unsafe MutableRawSpan(_unsafeStart: baseAddress, byteCount: byteCount)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }

  /// The bytes of a part, to be changed.
  ///
  /// - Precondition: the range lies within the buffer.
  @_lifetime(&self)
  public mutating func mutableBytes(in range: Range<Int>) -> MutableRawSpan {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) of a buffer of \(byteCount)")
    let span = unsafe MutableRawSpan(
      _unsafeStart: baseAddress + range.lowerBound, byteCount: range.count)
    return unsafe _overrideLifetime(span, mutating: &self)
  }

  /// As many floats as fit.
  public var floats: Span<Float> {
    @_lifetime(borrow self)
    borrowing get {
      let count = byteCount / MemoryLayout<Float>.stride
      let span = unsafe Span(_unsafeStart: baseAddress.assumingMemoryBound(to: Float.self), count: count)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }

  /// As many floats as fit, to write.
  public var mutableFloats: MutableSpan<Float> {
    @_lifetime(&self)
    mutating get {
      let count = byteCount / MemoryLayout<Float>.stride
      let span = unsafe MutableSpan(
        _unsafeStart: baseAddress.assumingMemoryBound(to: Float.self), count: count)
      return unsafe _overrideLifetime(span, mutating: &self)
    }
  }
}
