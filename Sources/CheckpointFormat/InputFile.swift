import TensorCore

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A regular file that is open for reading.
final class InputFile: Sendable {
  let path: String
  let descriptor: Int32
  let byteCount: UInt64

  init(path: String) throws(CheckpointError) {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.openError(errno, path: path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw CheckpointError(.readFailed, "\(path): \(systemMessage(number))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
      throw CheckpointError(.notARegularFile, "\(path) is \(kind)")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = UInt64(status.st_size)
  }

  deinit {
    close(descriptor)
  }

  private static func openError(_ number: Int32, path: String) -> CheckpointError {
    switch number {
    case ENOENT, ENOTDIR: CheckpointError(.notFound, "\(path) does not exist")
    case EACCES, EPERM: CheckpointError(.permissionDenied, "\(path) may not be read: permission denied")
    case ENXIO: CheckpointError(.notARegularFile, "\(path) is not a regular file")
    default: CheckpointError(.readFailed, "\(path) cannot be opened: \(systemMessage(number))")
    }
  }

  /// Fills `target` with the file's bytes from `position` on.
  func read(at position: UInt64, into target: inout MutableRawSpan) throws(CheckpointError) {
    let wanted = target.byteCount
    var done = 0
    while done < wanted {
      let count = unsafe target.withUnsafeMutableBytes { buffer in
        let start = unsafe buffer.baseAddress.unsafelyUnwrapped + done
        return unsafe pread(descriptor, start, wanted - done, off_t(position) + off_t(done))
      }
      if count > 0 {
        done += count
      } else if count == 0 {
        throw CheckpointError(
          .truncated, at: position + UInt64(done),
          "\(path) became shorter while it was read; do not change a checkpoint in place")
      } else if errno != EINTR {
        throw CheckpointError(
          .readFailed, at: position + UInt64(done), "\(path) cannot be read: \(systemMessage(errno))")
      }
    }
  }

  /// Tells the system that all of the file will be read soon.
  func willReadAll() {
    #if canImport(Glibc)
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_WILLNEED)
    #endif
  }
}

/// The system's words for an error number.
func systemMessage(_ number: Int32) -> String {
  // Of one thread's own in glibc and on Darwin.
  unsafe String(cString: strerror(number))
}
