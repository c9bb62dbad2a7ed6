import Platform

/// A lock between processes, and between the users of one: an empty file that one of them holds at a time.
///
/// It is free again when its holder ends, in whatever way. A file with bytes is none and stays.
package final class FileLock {
  private let path: String
  private let descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
    TemporaryFiles.insert(lock: path)
  }

  /// The lock, unless somebody else holds it. Where the file system knows no locks nobody does.
  package static func ifFree(path: String) throws(FileError) -> FileLock? {
    while true {
      let descriptor = try open(path)
      if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
        close(descriptor)
        return nil
      }
      if isNamed(path, descriptor) { return FileLock(path: path, descriptor: descriptor) }
      close(descriptor)
    }
  }

  /// Waits until nobody else holds the lock.
  ///
  /// - Parameter onWaiting: called once if somebody does.
  package convenience init(path: String, onWaiting: () -> Void = {}) throws(FileError) {
    var hasWaited = false
    while true {
      let descriptor = try Self.open(path)
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
      if Self.isNamed(path, descriptor) {
        self.init(path: path, descriptor: descriptor)
        return
      }
      close(descriptor)
    }
  }

  deinit {
    if Self.isNamed(path, descriptor) { Self.removeIfEmpty(path) }
    TemporaryFiles.remove(lock: path)
    close(descriptor)
  }

  /// Removes a file unless it has bytes, which no lock has.
  static func removeIfEmpty(_ path: String) {
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == 0 else {
      return
    }
    unsafe unlink(path)
  }

  private static func open(_ path: String) throws(FileError) -> Int32 {
    let descriptor = systemOpen(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else { throw failure(errno, path) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size == 0
    else {
      close(descriptor)
      throw FileError(
        .exists, path: path, "is no lock of this program, and stands where one belongs; move it away")
    }
    return descriptor
  }

  /// True if the open file is the one of this name: its last holder may have removed it before it was locked.
  private static func isNamed(_ path: String, _ descriptor: Int32) -> Bool {
    var held = stat()
    var named = stat()
    return unsafe fstat(descriptor, &held) == 0 && lstat(path, &named) == 0 && held.st_ino == named.st_ino
      && held.st_dev == named.st_dev
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

/// The system's call, whose name the function above has too.
private func systemOpen(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  unsafe open(path, flags, mode)
}
