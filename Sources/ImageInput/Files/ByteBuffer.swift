import Platform

/// Bytes that serve one image after another: the memory grows to the largest and stays.
@safe struct ByteBuffer: ~Copyable {
  /// Bytes past the reserved ones that may be read and written, for kernels that move whole vectors.
  static let slack = 64

  /// Above this size the memory is returned after each image.
  private static let retainedLimit = 64 << 20

  private(set) var baseAddress: UnsafeMutablePointer<UInt8>?
  private var capacity = 0

  init() {
    unsafe baseAddress = nil
  }

  deinit {
    unsafe free(baseAddress)
  }

  /// Makes room for `count` bytes and the slack. What the buffer held is lost.
  ///
  /// - Returns: the first byte, valid until the next call.
  mutating func reserve(_ count: Int) throws(ImageError) -> UnsafeMutablePointer<UInt8> {
    precondition(count >= 0, "a buffer of \(count) bytes")
    if let baseAddress = unsafe baseAddress, count <= capacity { return unsafe baseAddress }
    release()
    guard let memory = unsafe malloc(count + Self.slack) else {
      throw ImageError(
        .outOfMemory, "\(count) bytes of memory are missing; use a smaller image or fewer threads")
    }
    let start = unsafe memory.assumingMemoryBound(to: UInt8.self)
    unsafe baseAddress = start
    capacity = count
    return unsafe start
  }

  /// Makes room as ``reserve(_:)`` does and lends the bytes, which may hold anything.
  @_lifetime(&self)
  mutating func span(_ count: Int) throws(ImageError) -> MutableSpan<UInt8> {
    let start = try unsafe reserve(count)
    let span = unsafe MutableSpan(_unsafeStart: start, count: count)
    // As AlignedBuffer explains.
    return unsafe _overrideLifetime(span, mutating: &self)
  }

  /// Gives back memory that only an unusually large image needed.
  mutating func trim() {
    if capacity > Self.retainedLimit { release() }
  }

  private mutating func release() {
    unsafe free(baseAddress)
    unsafe baseAddress = nil
    capacity = 0
  }

  /// The first `count` bytes, which must have been reserved and written.
  @_lifetime(borrow self)
  borrowing func prefix(_ count: Int) -> Span<UInt8> {
    precondition(count <= capacity, "\(count) bytes of a buffer of \(capacity)")
    let buffer = unsafe UnsafeBufferPointer(start: baseAddress, count: count)
    let span = unsafe Span(_unsafeElements: buffer)
    // As AlignedBuffer explains.
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}
