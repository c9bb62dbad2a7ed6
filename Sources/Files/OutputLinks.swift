import Platform

/// The symbolic links on the way to an output.
///
/// In a folder in which everybody may make files, such as /tmp, a link of a stranger may lead to any file of the user who follows it. It
/// is not followed, nor would Linux follow it (`fs.protected_symlinks`), if the link is neither the user's nor that of the folder's owner.
enum OutputLinks {
  /// Most links that are followed, as Linux has it.
  private static let linkLimit = 40

  /// - Throws: ``FileError`` with `permissionDenied` for a path on which such a link lies.
  static func requireTrusted(_ path: String) throws(FileError) {
    _ = try resolved(path)
  }

  /// The path that a path leads to, without symbolic links; its last part need not be there.
  ///
  /// - Returns: nil, with `errno` set, for a path that leads nowhere.
  /// - Throws: as ``requireTrusted(_:)``.
  static func resolved(_ path: String) throws(FileError) -> String? {
    var folder = isAbsolute(path) ? "/" : "."
    var parts = Array(components(path).reversed())
    var followed = 0
    while let part = parts.popLast() {
      let here = folder == "/" ? "/" + part : folder == "." && part != ".." ? part : folder + "/" + part
      var status = stat()
      guard unsafe lstat(here, &status) == 0 else {
        return errno == ENOENT && parts.isEmpty ? here : nil
      }
      guard status.st_mode & S_IFMT == S_IFLNK else {
        folder = here
        continue
      }
      guard isTrusted(status, in: folder) else {
        throw FileError(
          .permissionDenied, path: path,
          "\(here == path ? "is" : "leads over \(here),") a symbolic link of another user in a folder that everybody can write to, and is not followed; name another output"
        )
      }
      followed += 1
      guard followed <= linkLimit, let bytes = destination(of: here) else {
        errno = ELOOP
        return nil
      }
      guard let destination = String(validating: bytes, as: UTF8.self) else {
        throw FileError(
          .badPath, path: path, "leads over a symbolic link to a name that is not UTF-8; name another output")
      }
      if isAbsolute(destination) { folder = "/" }
      parts.append(contentsOf: components(destination).reversed())
    }
    return folder
  }

  private static func components(_ path: String) -> [String] {
    path.pathParts.filter { $0 != "." }
  }

  /// True if a link may be followed that lies in a folder.
  private static func isTrusted(_ link: stat, in folder: String) -> Bool {
    guard link.st_uid != geteuid() else { return true }
    var status = stat()
    guard unsafe stat(folder, &status) == 0 else { return false }
    let isShared = status.st_mode & S_ISVTX != 0 && status.st_mode & S_IWOTH != 0
    return !isShared || link.st_uid == status.st_uid
  }

  /// The path that a symbolic link holds.
  private static func destination(of path: String) -> ArraySlice<UInt8>? {
    var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = unsafe buffer.withUnsafeMutableBytes { bytes in
      unsafe readlink(
        path, bytes.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: CChar.self), bytes.count)
    }
    guard count > 0, count < buffer.count else { return nil }
    return buffer[..<count]
  }
}
