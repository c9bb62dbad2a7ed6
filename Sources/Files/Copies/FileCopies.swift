import Platform
import TensorCore

/// Copies of files and links to them, under names that were free. What is there already is never replaced.
package enum FileCopies {
  /// A way to have a file in another place too.
  package enum Form: Hashable, Sendable {
    /// A file of its own with the same bytes and times.
    case copy
    /// Another name of the same file.
    case hardLink
    /// A link that holds the path of the file.
    case symbolicLink
  }

  /// Makes a copy of a file, or a link to it; it appears whole or not at all.
  ///
  /// - Throws: ``FileError`` with `exists` when something has this name already, whatever it is.
  package static func make(_ form: Form, of source: String, at target: String) throws(FileError) {
    switch form {
    case .copy: try copy(source, to: target)
    case .hardLink:
      // The file that a symbolic link leads to has the name, not the link.
      guard unsafe linkat(AT_FDCWD, source, AT_FDCWD, target, AT_SYMLINK_FOLLOW) == 0 else {
        throw failure(errno, target, source: source)
      }
    case .symbolicLink:
      guard unsafe symlink(try absolute(source), target) == 0 else {
        throw failure(errno, target, source: source)
      }
    }
  }

  /// True if a copy or link is there already.
  ///
  /// - Complexity: of a copy, linear in the file if the sizes are equal.
  package static func isMade(_ form: Form, of source: String, at target: String) throws(FileError) -> Bool {
    switch form {
    case .copy:
      guard isRegularFile(target), let own = try? InputFile(path: source),
        let other = try? InputFile(path: target)
      else { return false }
      return try equal(own, other)
    case .hardLink:
      return !isLink(target) && FileIdentity(path: source).map { $0 == FileIdentity(path: target) } ?? false
    case .symbolicLink:
      return destination(of: target) == (try absolute(source))
    }
  }

  /// Writes bytes to a new file; else as ``make(_:of:at:)``.
  package static func write(_ bytes: [UInt8], to target: String) throws(FileError) {
    try create(target) { (descriptor) throws(FileError) in
      if let number = writeAll(bytes.rawBytes, to: descriptor, at: 0) { throw failure(number, target) }
    }
  }

  private static func copy(_ source: String, to target: String) throws(FileError) {
    let file = try InputFile(path: source)
    try create(target, mode: permissions(of: source)) { (descriptor) throws(FileError) in
      var position: UInt64 = 0
      while position < file.byteCount {
        let block = try file.read(count: Int(min(1 << 20, file.byteCount - position)), at: position)
        if let number = writeAll(block.bytes, to: descriptor, at: off_t(position)) {
          throw failure(number, target)
        }
        position += UInt64(block.bytes.byteCount)
      }
      // Times are a courtesy: a copy without them is whole.
      if let times = times(of: source) { _ = unsafe futimens(descriptor, times) }
    }
  }

  /// The rights to read and write a file; all, where they cannot be found out.
  private static func permissions(of path: String) -> mode_t {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? status.st_mode & 0o666 : 0o666
  }

  /// The times of the last reading and writing of a file.
  private static func times(of path: String) -> [timespec]? {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    #if os(Linux)
    return [status.st_atim, status.st_mtim]
    #else
    return [status.st_atimespec, status.st_mtimespec]
    #endif
  }

  /// Fills a file without a name that others see, and gives it that name when it is whole.
  private static func create(
    _ target: String, mode: mode_t = 0o666, _ fill: (Int32) throws(FileError) -> Void
  ) throws(FileError) {
    guard !isThere(target) else { throw failure(EEXIST, target) }
    let temporary = StaleTemporaries.newPath(in: FolderListing.folder(of: target))
    TemporaryFiles.insert(temporary)
    defer { TemporaryFiles.remove(temporary) }
    let descriptor = StaleTemporaries.create(temporary, mode: mode)
    guard descriptor >= 0 else { throw failure(errno, target) }
    defer {
      close(descriptor)
      unsafe unlink(temporary)
    }
    try fill(descriptor)
    if unsafe link(temporary, target) == 0 { return }
    // File systems without hard links rename, which would replace what came in the meantime.
    guard errno != EEXIST, !isThere(target), unsafe rename(temporary, target) == 0 else {
      throw failure(errno, target)
    }
  }

  private static func equal(_ a: InputFile, _ b: InputFile) throws(FileError) -> Bool {
    guard a.byteCount == b.byteCount else { return false }
    var position: UInt64 = 0
    while position < a.byteCount {
      let count = Int(min(1 << 20, a.byteCount - position))
      let one = try a.read(count: count, at: position)
      let other = try b.read(count: count, at: position)
      guard [UInt8](copying: one.bytes) == [UInt8](copying: other.bytes) else { return false }
      position += UInt64(count)
    }
    return true
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
  }

  /// The path that a symbolic link holds; nil for anything else.
  private static func destination(of path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe readlink(path, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// The path of a file from the root, in which a link at its end stays.
  package static func absolute(_ path: String) throws(FileError) -> String {
    let folder = try resolved(FolderListing.folder(of: path))
    let name = path.pathParts.last ?? ""
    return folder == "/" ? "/" + name : folder + "/" + name
  }

  /// The path of a folder or file from the root, without links.
  package static func resolved(_ path: String) throws(FileError) -> String {
    guard let resolved = try realPath(path) else {
      throw FileError(.notFound, path: path, "cannot be found: \(systemMessage(errno))")
    }
    return resolved
  }

  private static func failure(_ number: Int32, _ path: String, source: String? = nil) -> FileError {
    switch number {
    case EEXIST: FileError(.exists, path: path, "exists already and is not replaced")
    case EXDEV:
      FileError(
        .writeFailed, path: path,
        "cannot be a hard link to \(source ?? "a file") on another file system; make copies or symbolic links"
      )
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: path, "was not written: \(systemMessage(number))")
    case ENOSPC, EDQUOT, EFBIG:
      FileError(
        .diskFull, path: path, "was not written: \(systemMessage(number)); free some space and try again")
    default: FileError(.writeFailed, path: path, "was not written: \(systemMessage(number))")
    }
  }
}
