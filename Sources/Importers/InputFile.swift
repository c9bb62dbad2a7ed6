import TensorCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// A regular file, open for reading.
struct InputFile: ~Copyable {
  let path: String
  /// The size in bytes when it was opened.
  let size: Int
  private let descriptor: CInt

  /// - Throws: ``ImportError`` with `notFound`, `wrongKind` or `unreadable`.
  init(_ path: String) throws(ImportError) {
    // Opening a pipe must not wait for its other end.
    let opened = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw systemError(errno, path) }
    var status = stat()
    guard unsafe fstat(opened, &status) == 0 else {
      let error = systemError(errno, path)
      close(opened)
      throw error
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw ImportError(.wrongKind, file: path, "not a file")
    }
    self.path = path
    self.size = Int(status.st_size)
    self.descriptor = opened
  }

  deinit { close(descriptor) }

  /// Reads `count` bytes from `offset` on, into memory of their own.
  ///
  /// - Throws: ``ImportError`` with `unreadable` when the bytes cannot be had or the file has shrunk.
  func read(count: Int, at offset: Int) throws(ImportError) -> AlignedBuffer {
    let buffer = AlignedBuffer(byteCount: count, uninitialized: true)
    var done = 0
    while done < count {
      // Linux moves at most 2 GiB a call; smaller pieces keep an interrupt near.
      let piece = min(count - done, 1 << 26)
      // The range done ..< done + piece lies within the buffer's `count` bytes.
      let got = unsafe pread(descriptor, buffer.baseAddress + done, piece, off_t(offset + done))
      if got < 0 {
        if errno == EINTR { continue }
        throw systemError(errno, path)
      }
      guard got > 0 else {
        throw ImportError(.unreadable, file: path, "ended at byte \(offset + done) while it was read")
      }
      done += got
    }
    return buffer
  }
}

/// Checks that a path leads to a folder.
///
/// - Throws: ``ImportError`` with `notFound`, `wrongKind` or `unreadable`.
func requireFolder(_ path: String) throws(ImportError) {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw systemError(errno, path) }
  guard status.st_mode & S_IFMT == S_IFDIR else {
    throw ImportError(
      .wrongKind, file: path, "not a folder; a raw export is a folder with manifest.json and weights.bin")
  }
}

private func systemError(_ code: CInt, _ path: String) -> ImportError {
  if code == ENOENT || code == ENOTDIR {
    return ImportError(.notFound, file: path, "there is no such file or folder")
  }
  return ImportError(.unreadable, file: path, "cannot be read: \(unsafe String(cString: strerror(code)))")
}
