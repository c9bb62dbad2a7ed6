import Platform
import TensorCore

/// A file that grows at its end and keeps what it has when the work is cut short: the opposite of ``AtomicFile``.
package final class GrowingFile {
  package let path: String
  private let descriptor: Int32
  /// The bytes that it has.
  package private(set) var byteCount: UInt64

  /// Opens the file, or creates it empty.
  ///
  /// - Parameter isOwn: true to refuse one that belongs to another user, who may change it at any time.
  package init(path: String, isOwn: Bool = false) throws(FileError) {
    try OpenInputs.requireReplaceable(path)
    try OutputLinks.requireTrusted(path)
    let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0o666)
    guard descriptor >= 0 else { throw Self.failure(errno, path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      throw FileError(.notARegularFile, path: path, "is not a regular file; name another")
    }
    guard !isOwn || status.st_uid == geteuid() else {
      close(descriptor)
      throw FileError(
        .permissionDenied, path: path, "belongs to another user, and is not used; name another output")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = UInt64(status.st_size)
  }

  deinit { close(descriptor) }

  /// Adds bytes at the end.
  package func append(_ bytes: RawSpan) throws(FileError) {
    var done = 0
    while done < bytes.byteCount {
      let (count, number) = FileSizeSignal.suppressed {
        let count = unsafe bytes.withUnsafeBytes { buffer in
          unsafe pwrite(
            descriptor, buffer.baseAddress.unsafelyUnwrapped + done, buffer.count - done, off_t(byteCount))
        }
        return (count, errno)
      }
      if count > 0 {
        done += count
        byteCount += UInt64(count)
      } else if count == 0 || number != EINTR {
        throw Self.failure(count == 0 ? ENOSPC : number, path)
      }
    }
  }

  /// Drops all bytes.
  package func clear() throws(FileError) {
    try truncate(to: 0)
  }

  /// Drops the bytes from `end` on, if there are any.
  package func truncate(to end: UInt64) throws(FileError) {
    guard end < byteCount else { return }
    guard ftruncate(descriptor, off_t(end)) == 0 else { throw Self.failure(errno, path) }
    byteCount = end
  }

  /// Gives the file another name in its file system.
  package func rename(to other: String) throws(FileError) {
    try OpenInputs.requireReplaceable(other)
    guard unsafe systemRename(path, other) == 0 else { throw Self.failure(errno, other) }
  }

  private static func failure(_ number: Int32, _ path: String) -> FileError {
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      FileError(
        .diskFull, path: path,
        "cannot grow: \(systemMessage(number)); free some space and try again, what is there is kept")
    case ENOENT, ENOTDIR:
      FileError(.folderNotFound, path: path, "cannot be written: its folder does not exist")
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: path, "cannot be written: \(systemMessage(number))")
    case ELOOP: FileError(.notARegularFile, path: path, "is a symbolic link; name another")
    default: FileError(.writeFailed, path: path, "cannot be written: \(systemMessage(number))")
    }
  }
}

/// The system's call, whose name the function above has too.
private let systemRename = unsafe rename
