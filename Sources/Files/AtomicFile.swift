import Platform
import TensorCore

/// A file that appears under its name when it is complete, or not at all.
///
/// The bytes go to a temporary file in the same folder, named `.reszoo-<16 hexadecimal digits>.tmp`. It stays when the process is
/// killed, until the next file is written to that folder. A target that is a
/// symbolic link stays one: the file that it leads to is replaced. A target that exists keeps its mode, and must be
/// a regular file that may be written and is neither one of ``ProtectedFiles`` nor of ``OpenInputs``; its owner becomes the caller, and other hard links to
/// it keep the old content.
package final class AtomicFile {
  private let given: String
  private let target: OutputTarget
  private let temporaryPath: String
  private var descriptor: Int32
  private var position: UInt64 = 0
  private let buffer = ScratchBuffer(byteCount: AtomicFile.bufferByteCount)
  private var buffered = 0

  private static let bufferByteCount = 1 << 18

  /// The path of a file as it will be when a path's symbolic link is followed: one path for all links to it.
  ///
  /// - Throws: ``FileError`` for a path that leads nowhere.
  package static func resolvedPath(_ path: String) throws(FileError) -> String {
    try OutputTarget(path: path).path
  }

  /// Creates the temporary file.
  package init(path: String) throws(FileError) {
    try ProtectedFiles.requireReplaceable(path)
    given = path
    target = try OutputTarget(path: path)
    temporaryPath = StaleTemporaries.newPath(in: target.folder)
    TemporaryFiles.insert(temporaryPath)
    StaleTemporaries.remove(from: target.folder)
    descriptor = StaleTemporaries.create(temporaryPath, mode: target.newMode)
    guard descriptor >= 0 else {
      let number = errno
      TemporaryFiles.remove(temporaryPath)
      throw OutputTarget.openError(number, target)
    }
  }

  deinit {
    guard descriptor >= 0 else { return }
    close(descriptor)
    unsafe unlink(temporaryPath)
    TemporaryFiles.remove(temporaryPath)
  }

  /// Where the next byte will be written.
  package var byteCount: UInt64 { position + UInt64(buffered) }

  /// Appends bytes.
  package func append(_ bytes: RawSpan) throws(FileError) {
    if buffered + bytes.byteCount > Self.bufferByteCount { try flush() }
    if bytes.byteCount > Self.bufferByteCount {
      try write(bytes, at: position)
      position += UInt64(bytes.byteCount)
    } else {
      let buffer = self.buffer
      var part = buffer.mutableBytes(in: buffered..<buffered + bytes.byteCount)
      part.copy(from: bytes)
      buffered += bytes.byteCount
    }
  }

  /// Appends zero bytes up to `end`.
  package func pad(to end: UInt64) throws(FileError) {
    guard end > byteCount else { return }
    try append([UInt8](repeating: 0, count: Int(end - byteCount)).rawBytes)
  }

  /// Overwrites the start of the file.
  package func overwriteStart(_ bytes: RawSpan) throws(FileError) {
    try flush()
    try write(bytes, at: 0)
  }

  /// The path of the temporary file, with all that was appended in it, to read it before it is complete.
  package func flushedPath() throws(FileError) -> String {
    try flush()
    return temporaryPath
  }

  /// Flushes everything to the disk and gives the file its name.
  package func commit() throws(FileError) {
    try flush()
    if let mode = target.mode, fchmod(descriptor, mode) != 0 { throw failure(errno) }
    guard fsync(descriptor) == 0 else { throw failure(errno) }
    try ProtectedFiles.requireReplaceable(given)
    guard unsafe rename(temporaryPath, target.path) == 0 else { throw failure(errno) }
    TemporaryFiles.remove(temporaryPath)
    close(descriptor)
    descriptor = -1
    let folder = unsafe open(target.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return }
    defer { close(folder) }
    // Some file systems cannot flush a folder and say so with EINVAL.
    guard fsync(folder) == 0 || errno == EINVAL else {
      throw FileError(
        .writeFailed, path: target.path,
        "was written, but its folder could not be flushed to the disk: \(systemMessage(errno))"
      )
    }
  }

  private func flush() throws(FileError) {
    let buffer = self.buffer
    try write(buffer.bytes(in: 0..<buffered), at: position)
    position += UInt64(buffered)
    buffered = 0
  }

  private func write(_ bytes: RawSpan, at start: UInt64) throws(FileError) {
    if let number = writeAll(bytes, to: descriptor, at: off_t(start)) { throw failure(number) }
  }

  private func failure(_ number: Int32) -> FileError {
    switch number {
    case ENOSPC, EDQUOT, EFBIG:
      FileError(
        .diskFull, path: target.path,
        "was not written: \(systemMessage(number)); free some space and try again")
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: target.path, "was not written: \(systemMessage(number))")
    default:
      FileError(.writeFailed, path: target.path, "was not written: \(systemMessage(number))")
    }
  }
}

/// The signal that ends a process when it writes beyond its limit of file sizes.
enum FileSizeSignal {
  /// Runs a system call so that it returns `EFBIG` instead.
  static func suppressed<T>(_ call: () -> T) -> T {
    var signals = sigset_t()
    var previous = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, SIGXFSZ)
    unsafe pthread_sigmask(SIG_BLOCK, &signals, &previous)
    defer { unsafe pthread_sigmask(SIG_SETMASK, &previous, nil) }
    let result = call()
    var pending = sigset_t()
    unsafe sigpending(&pending)
    if unsafe sigismember(&pending, SIGXFSZ) == 1, unsafe sigismember(&previous, SIGXFSZ) == 0 {
      var number: Int32 = 0
      unsafe sigwait(&signals, &number)
    }
    return result
  }
}
