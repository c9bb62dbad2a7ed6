import Platform

/// Makes a folder and those that it is to be in, where they are not there yet.
///
/// - Throws: ``FileError``, also for a path over a symbolic link of another user in a folder that everybody can write to.
package func makeFolders(_ path: String) throws(FileError) {
  guard !path.isEmpty, !path.utf8.contains(0) else {
    throw FileError(.badPath, path: path, "the path of a folder is empty")
  }
  try OutputLinks.requireTrusted(path)
  if unsafe mkdir(path, 0o777) == 0 { return }
  var number = errno
  if number == ENOENT, let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")), slash != path.startIndex {
    try makeFolders(String(path[..<slash]))
    if unsafe mkdir(path, 0o777) == 0 { return }
    number = errno
  }
  if isFolder(path) { return }
  switch number {
  case EEXIST, ENOTDIR:
    throw FileError(.badPath, path: path, "cannot be a folder: there is a file in its place")
  case ENOSPC, EDQUOT: throw FileError(.diskFull, path: path, "cannot be made: \(systemMessage(number))")
  default: throw FileError(.permissionDenied, path: path, "cannot be made: \(systemMessage(number))")
  }
}

/// The path from the root that a path leads to, without symbolic links; nil, with `errno` set, when it leads nowhere.
///
/// - Throws: ``FileError`` when the name of a folder on the way is not UTF-8: as a text it would be that of another one.
package func realPath(_ path: String) throws(FileError) -> String? {
  guard let resolved = unsafe realpath(path, nil) else { return nil }
  defer { unsafe free(resolved) }
  guard let text = unsafe String(validatingCString: resolved) else {
    throw FileError(
      .badPath, path: path, "lies in a folder whose name is not UTF-8; rename that, or name another place")
  }
  return text
}

/// True for a path from the root.
package func isAbsolute(_ path: String) -> Bool { path.utf8.first == UInt8(ascii: "/") }

/// The fault of a path that leads to nothing.
package func missingFileText(_ path: String) -> String {
  isAddress(path)
    ? "is an address, not a path; download the file, and name it here" : "does not exist; check the path"
}

/// True for an address such as `https://example.org/cat.jpg`.
package func isAddress(_ text: String) -> Bool {
  guard let end = text.firstRange(of: "://")?.lowerBound else { return false }
  return !text[..<end].isEmpty && text[..<end].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
}

/// Removes a file if it is there.
package func removeFile(_ path: String) {
  unsafe unlink(path)
}

/// True if a path leads to a regular file.
package func isRegularFile(_ path: String) -> Bool {
  kind(of: path) == S_IFREG
}

/// True if a path leads to a folder.
package func isFolder(_ path: String) -> Bool {
  kind(of: path) == S_IFDIR
}

/// True if a path is a folder itself, not a symbolic link to one.
package func isFolderItself(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// True if there is anything of this name, a symbolic link that leads nowhere included.
package func isThere(_ path: String) -> Bool {
  var status = stat()
  return unsafe lstat(path, &status) == 0
}

/// True if what has this name, the target of a link, is this user's: nobody else may put files into such a folder's place.
package func belongsToUser(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_uid == geteuid()
}

/// The file type that a path leads to; nil when it leads to nothing.
private func kind(of path: String) -> mode_t? {
  var status = stat()
  return unsafe stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}
