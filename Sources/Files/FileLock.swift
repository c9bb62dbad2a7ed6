#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A lock between processes, and between the users of one: an empty file that one of them holds at a time.
///
/// It is free again when its holder ends, in whatever way.
package final class FileLock {
  private let path: String
  private let descriptor: Int32

  /// Waits until nobody else holds the lock.
  ///
  /// - Parameter onWaiting: called once if somebody does.
  package init(path: String, onWaiting: () -> Void = {}) throws(FileError) {
    var hasWaited = false
    while true {
      let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw Self.failure(errno, path) }
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        if !hasWaited { onWaiting() }
        hasWaited = true
        while flock(descriptor, LOCK_EX) != 0 {
          let number = errno
          guard number == EINTR else {
            close(descriptor)
            throw Self.failure(number, path)
          }
        }
      }
      // The last holder may have removed the file between the two calls.
      var held = stat()
      var named = stat()
      if unsafe fstat(descriptor, &held) == 0, unsafe stat(path, &named) == 0, held.st_ino == named.st_ino,
        held.st_dev == named.st_dev
      {
        self.path = path
        self.descriptor = descriptor
        return
      }
      close(descriptor)
    }
  }

  deinit {
    unsafe unlink(path)
    close(descriptor)
  }

  private static func failure(_ number: Int32, _ path: String) -> FileError {
    let code: FileError.Code =
      switch number {
      case EACCES, EPERM, EROFS: .permissionDenied
      case ENOSPC, EDQUOT: .diskFull
      default: .writeFailed
      }
    return FileError(code, path: path, "cannot be locked: \(systemMessage(number))")
  }
}
