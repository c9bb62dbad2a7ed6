import Platform

/// Refuses a path at which no file can be created or replaced, before the work for it begins. The file itself may still fail to be written.
///
/// - Throws: ``FileError``.
package func requireWritable(_ path: String) throws(FileError) {
  let target = try OutputTarget(path: path)
  guard unsafe access(target.folder, W_OK | X_OK) == 0 else { throw OutputTarget.openError(errno, target) }
}

/// The file that a writer is to create or replace.
struct OutputTarget: Sendable {
  /// The path with symbolic links at its end resolved.
  let path: String
  let folder: String
  /// The permissions that a new file begins with, less those that the umask takes away.
  let newMode: mode_t
  /// The permissions that it gets at the end, those of the user's own file that is there; nil for none. What runs as another user, and what
  /// a stranger allows to all, is never taken over.
  let mode: mode_t?

  init(path given: String) throws(FileError) {
    guard !given.isEmpty, !given.utf8.contains(0) else {
      throw FileError(.badPath, path: given, "the path of a file to write is empty")
    }
    path = try Self.followingLink(given)
    var status = stat()
    if unsafe stat(path, &status) == 0 {
      guard status.st_mode & S_IFMT == S_IFREG else {
        let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "not a regular file"
        throw FileError(.notARegularFile, path: given, "is \(kind); name a file to write")
      }
      guard unsafe access(path, W_OK) == 0 else {
        throw FileError(.permissionDenied, path: given, "may not be replaced: \(systemMessage(errno))")
      }
      let isOwn = status.st_uid == geteuid()
      // Until it has its mode it is private.
      newMode = isOwn ? 0o600 : status.st_mode & 0o666 | 0o600
      mode = isOwn ? status.st_mode & 0o777 : nil
    } else {
      guard errno == ENOENT, path.utf8.last != UInt8(ascii: "/") else {
        throw Self.openError(errno, path)
      }
      (newMode, mode) = (0o666, nil)
    }
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      folder = slash == path.startIndex ? "/" : String(path[..<slash])
    } else {
      folder = "."
    }
  }

  private static func followingLink(_ path: String) throws(FileError) -> String {
    let resolved = try OutputLinks.resolved(path)
    let number = errno
    var status = stat()
    guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    guard let resolved, isThere(resolved) else {
      throw FileError(
        .writeFailed, path: path,
        "is a symbolic link that leads nowhere: \(systemMessage(resolved == nil ? number : ENOENT))")
    }
    return resolved
  }

  /// The error for a temporary file that could not be created.
  static func openError(_ number: Int32, _ target: OutputTarget) -> FileError {
    openError(number, target.path)
  }

  private static func openError(_ number: Int32, _ path: String) -> FileError {
    switch number {
    case ENOENT, ENOTDIR:
      FileError(.folderNotFound, path: path, "cannot be written: its folder does not exist; create it first")
    case EACCES, EPERM, EROFS:
      FileError(
        .permissionDenied, path: path,
        "cannot be written: its folder does not allow new files (\(systemMessage(number)))")
    case ENOSPC, EDQUOT:
      FileError(.diskFull, path: path, "cannot be written: \(systemMessage(number))")
    default:
      FileError(.writeFailed, path: path, "cannot be written: \(systemMessage(number))")
    }
  }
}
