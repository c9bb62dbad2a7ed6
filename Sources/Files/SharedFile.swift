import Platform
import TensorCore

/// A file that several processes write at positions on which they agree.
///
/// It is read by copying, never through a mapping, as a program that knows nothing of it may shorten it. Whoever has it open holds
/// a shared lock, by which ``removeUnlessInUse(_:)`` knows.
package final class SharedFile {
  package let path: String
  private let descriptor: Int32

  /// Opens the file, or creates it empty.
  package init(path: String) throws(FileError) {
    try OpenInputs.requireReplaceable(path)
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw Self.failure(errno, path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(.notARegularFile, path: path, "is not a regular file; remove it")
    }
    // A file system without locks has no files in use.
    flock(descriptor, LOCK_SH)
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The size of the file now, whichever process wrote it.
  package func byteCount() throws(FileError) -> Int {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { throw Self.failure(errno, path) }
    return Int(status.st_size)
  }

  /// Notes that the file is used now: its time of modification says so.
  package func touch() {
    futimens(descriptor, nil)
  }

  /// Writes bytes, beyond the end too.
  package func write(_ bytes: RawSpan, at position: Int) throws(FileError) {
    if let number = writeAll(bytes, to: descriptor, at: off_t(position)) {
      throw Self.failure(number, path)
    }
  }

  /// At most `count` bytes from `position` on; fewer where the file ends.
  package func read(count: Int, at position: Int) throws(FileError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    // Every bit pattern is a byte.
    var target = unsafe span.mutableBytes
    let done = try read(at: position, into: &target)
    bytes.removeLast(count - done)
    return bytes
  }

  /// Fills the front of `target` with the bytes from `position` on, as many as there are.
  ///
  /// - Returns: the number of bytes; fewer than `target` has where the file ends.
  package func read(at position: Int, into target: inout MutableRawSpan) throws(FileError) -> Int {
    let wanted = target.byteCount
    var done = 0
    while done < wanted {
      let count = unsafe target.withUnsafeMutableBytes { buffer in
        let start = unsafe buffer.baseAddress.unsafelyUnwrapped + done
        return unsafe pread(descriptor, start, wanted - done, off_t(position) + off_t(done))
      }
      if count == 0 { break }
      if count > 0 {
        done += count
      } else if errno != EINTR {
        throw Self.failure(errno, path)
      }
    }
    return done
  }

  /// Tells the system which bytes will be read soon.
  package func willRead(_ range: Range<Int>) {
    #if canImport(Glibc)
    posix_fadvise(descriptor, off_t(range.lowerBound), off_t(range.count), POSIX_FADV_WILLNEED)
    #endif
  }

  /// Removes a file that no process has open as a `SharedFile`; false when one has.
  package static func removeUnlessInUse(_ path: String) -> Bool {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
    return unsafe unlink(path) == 0
  }

  private static func failure(_ number: Int32, _ path: String) -> FileError {
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      FileError(.diskFull, path: path, "cannot grow: \(systemMessage(number))")
    case ENOENT, ENOTDIR:
      FileError(.folderNotFound, path: path, "cannot be written: its folder does not exist")
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: path, "cannot be written: \(systemMessage(number))")
    case ELOOP: FileError(.notARegularFile, path: path, "is a symbolic link; remove it")
    case EIO: FileError(.readFailed, path: path, "cannot be read: \(systemMessage(number))")
    default: FileError(.writeFailed, path: path, "cannot be written: \(systemMessage(number))")
    }
  }
}
