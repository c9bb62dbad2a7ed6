// Lifetimes. A span must not outlive the memory that it lends, and the compiler checks it by the attribute of the member that
// returns the span: `@_lifetime(borrow self)` lets it live while the owner is only read, `@_lifetime(&self)` while nobody else
// touches the owner, `@_lifetime(copy x)` as long as the span x that it was made of. A span made of a pointer depends on nothing
// the compiler knows, so `_overrideLifetime` ties it to its owner, as the attribute promises; that line is `unsafe` because
// nobody checks that the owner holds the memory. The attributes need the experimental feature `Lifetimes` (Package.swift) until
// Swift has a final spelling for them. All of this package's types that lend spans follow this pattern.

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
