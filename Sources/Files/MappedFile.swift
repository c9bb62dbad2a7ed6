import Platform
import TensorCore

/// A whole file in memory, as the system pages it in.
///
/// A file that is shortened while it is mapped ends the process when a lost page is touched, with SIGBUS. ``AtomicFile`` replaces
/// files by renaming, which leaves a mapping whole; do not map what other programs change in place.
@safe package final class MappedFile: SharedBytes, @unchecked Sendable {
  package let start: UnsafeRawPointer
  private let byteCount: Int

  package init(_ file: InputFile) throws(FileError) {
    byteCount = Int(file.byteCount)
    guard let start = unsafe Self.map(file.descriptor, byteCount) else {
      throw FileError(.readFailed, path: file.path, "cannot be mapped: \(systemMessage(errno))")
    }
    unsafe self.start = start
  }

  /// Maps the front of an open file; nil, with `errno` set, when that fails.
  init?(_ descriptor: Int32, byteCount: Int) {
    guard let start = unsafe Self.map(descriptor, byteCount) else { return nil }
    unsafe self.start = start
    self.byteCount = byteCount
  }

  private static func map(_ descriptor: Int32, _ byteCount: Int) -> UnsafeRawPointer? {
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, descriptor, 0)
    return unsafe address == MAP_FAILED ? nil : UnsafeRawPointer(address)
  }

  deinit {
    unsafe munmap(UnsafeMutableRawPointer(mutating: start), byteCount)
  }

  /// The bytes of a part, valid as long as the mapping.
  package func unsafeBytes(in range: Range<Int>) -> UnsafeRawBufferPointer {
    precondition(
      range.lowerBound >= 0 && range.upperBound <= byteCount, "bytes \(range) of a file of \(byteCount)")
    return unsafe UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
  }

  /// The bytes of a part.
  @_lifetime(borrow self)
  package func bytes(in range: Range<Int>) -> RawSpan {
    let part = unsafe unsafeBytes(in: range)
    let span = unsafe RawSpan(_unsafeBytes: part)
    // As AlignedBuffer explains.
    return unsafe _overrideLifetime(span, borrowing: self)
  }
}
