import Platform
package import TensorCore

/// A regular file that is open for reading.
package final class InputFile: Sendable {
  package let path: String
  let descriptor: Int32
  package let byteCount: UInt64
  /// The file itself, whatever its path leads to meanwhile.
  package let identity: FileIdentity

  package convenience init(path: String) throws(FileError) {
    // Without O_NONBLOCK, opening a FIFO would wait for a writer.
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw Self.openError(errno, path: path) }
    try self.init(owning: descriptor, path: path)
  }

  /// A file that is open; its descriptor is closed with this, or if an error is thrown.
  init(owning descriptor: Int32, path: String) throws(FileError) {
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else {
      let number = errno
      close(descriptor)
      throw FileError(.readFailed, path: path, "cannot be examined: \(systemMessage(number))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(descriptor)
      let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
      throw FileError(.notARegularFile, path: path, "is \(kind); name a file")
    }
    self.path = path
    self.descriptor = descriptor
    byteCount = UInt64(status.st_size)
    identity = FileIdentity(status)
    OpenInputs.insert(identity, path: path)
  }

  deinit {
    OpenInputs.remove(identity, path: path)
    close(descriptor)
  }

  private static func openError(_ number: Int32, path: String) -> FileError {
    switch number {
    case ENOENT, ENOTDIR: FileError(.notFound, path: path, missingFileText(path))
    case EACCES, EPERM: FileError(.permissionDenied, path: path, "may not be read; change its permissions")
    case ENXIO, ENODEV: FileError(.notARegularFile, path: path, "is not a regular file; name a file")
    default: FileError(.readFailed, path: path, "cannot be opened: \(systemMessage(number))")
    }
  }

  /// Fills `target` with the file's bytes from `position` on.
  package func read(at position: UInt64, into target: inout MutableRawSpan) throws(FileError) {
    let count = try readAvailable(at: position, into: &target)
    guard count == target.byteCount else {
      throw FileError(
        .shortened, path: path, at: position + UInt64(count),
        "became shorter while it was read; do not change a file in place")
    }
  }

  /// Fills the front of `target` with the file's bytes from `position` on, as many as there are.
  ///
  /// - Returns: the number of bytes; fewer than `target` has when the file ends before.
  package func readAvailable(at position: UInt64, into target: inout MutableRawSpan) throws(FileError) -> Int
  {
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
        break
      } else if errno != EINTR {
        throw FileError(
          .readFailed, path: path, at: position + UInt64(done), "cannot be read: \(systemMessage(errno))")
      }
    }
    return done
  }

  /// `count` bytes from `position` on, in memory of their own.
  package func read(count: Int, at position: UInt64) throws(FileError) -> AlignedBuffer {
    var buffer = AlignedBuffer(byteCount: count, uninitialized: true)
    var target = buffer.mutableBytes
    try read(at: position, into: &target)
    return buffer
  }

  /// The whole file.
  ///
  /// - Throws: ``FileError`` with `tooLarge` for more than `limit` bytes.
  package func readAll(limit: Int) throws(FileError) -> [UInt8] {
    guard byteCount <= UInt64(limit) else {
      throw FileError(.tooLarge, path: path, "has \(byteCount) bytes; at most \(limit) are read")
    }
    let buffer = try read(count: Int(byteCount), at: 0)
    return unsafe buffer.bytes.withUnsafeBytes { unsafe Array($0) }
  }
}

/// The system's words for an error number.
package func systemMessage(_ number: Int32) -> String {
  // The buffer is one thread's own in glibc and on Darwin.
  unsafe String(cString: strerror(number))
}
