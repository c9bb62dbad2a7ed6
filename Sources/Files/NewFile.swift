import Platform
import TensorCore

/// Small files that are created and never replaced, such as keys.
package enum NewFile {
  /// Creates a file with these permissions, which the umask may narrow, and flushes it to the disk. When that fails, no file stays.
  ///
  /// - Throws: ``FileError`` with `exists` when the path leads to anything at all, and with `permissionDenied` when it leads over a link
  ///   of a stranger in a shared folder.
  package static func create(_ path: String, mode: UInt32, content: [UInt8]) throws(FileError) {
    try OutputLinks.requireTrusted(path)
    let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode_t(mode))
    guard descriptor >= 0 else { throw openError(errno, path) }
    TemporaryFiles.insert(path)
    defer {
      TemporaryFiles.remove(path)
      close(descriptor)
    }
    if let number = writeAll(content.rawBytes, to: descriptor, at: 0) { throw abandon(path, number) }
    guard fsync(descriptor) == 0 else { throw abandon(path, errno) }
  }

  /// Removes a file that this process created.
  package static func remove(_ path: String) {
    unsafe unlink(path)
  }

  private static func abandon(_ path: String, _ number: Int32) -> FileError {
    unsafe unlink(path)
    return FileError(.diskFull, path: path, "was not written: \(systemMessage(number))")
  }

  private static func openError(_ number: Int32, _ path: String) -> FileError {
    switch number {
    case EEXIST, ELOOP:
      FileError(.exists, path: path, "exists already and is not replaced; name another file, or remove it")
    case ENOENT, ENOTDIR:
      FileError(.folderNotFound, path: path, "cannot be written: its folder does not exist; create it first")
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: path, "cannot be written: \(systemMessage(number))")
    default:
      FileError(.writeFailed, path: path, "cannot be written: \(systemMessage(number))")
    }
  }
}
