import Platform

/// Pages of 2 MiB for large buffers: touching new memory then costs a fraction of what pages of 4 KiB do.
enum LargePages {
  /// The size of a large page on x86-64 and, mostly, on ARM.
  private static let pageByteCount = 2 << 20

  /// The number that a buffer's address is a multiple of.
  static func alignment(byteCount: Int) -> Int {
    byteCount >= 2 * pageByteCount ? pageByteCount : AlignedBuffer.alignment
  }

  /// Asks for large pages for those that lie wholly within a new buffer. The system may not heed it.
  static func request(_ buffer: UnsafeMutableRawBufferPointer) {
    #if canImport(Glibc)
    guard alignment(byteCount: buffer.count) == pageByteCount else { return }
    _ = unsafe madvise(
      buffer.baseAddress, buffer.count / pageByteCount * pageByteCount, Int32(MADV_HUGEPAGE))
    #endif
  }
}
