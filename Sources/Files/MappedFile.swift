import Platform

/// A whole file in memory, as the system pages it in.
///
/// A file that is shortened while it is mapped ends the process when a lost page is touched, with SIGBUS. ``AtomicFile`` replaces
/// files by renaming, which leaves a mapping whole; do not map what other programs change in place.
@safe package final class MappedFile: @unchecked Sendable {
  private let start: UnsafeRawPointer
  private let byteCount: Int

  package init(_ file: InputFile) throws(FileError) {
    byteCount = Int(file.byteCount)
    let address = unsafe mmap(nil, byteCount, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
    guard let address = unsafe address, unsafe address != MAP_FAILED else {
      throw FileError(.readFailed, path: file.path, "cannot be mapped: \(systemMessage(errno))")
    }
    unsafe start = UnsafeRawPointer(address)
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
