import Platform

/// Makes a folder and those that it is to be in, where they are not there yet.
package func makeFolders(_ path: String) throws(FileError) {
  guard !path.isEmpty, !path.utf8.contains(0) else {
    throw FileError(.badPath, path: path, "the path of a folder is empty")
  }
  if unsafe mkdir(path, 0o777) == 0 { return }
  var number = errno
  if number == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex {
    try makeFolders(String(path[..<slash]))
    if unsafe mkdir(path, 0o777) == 0 { return }
    number = errno
  }
  var status = stat()
  if unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { return }
  switch number {
  case EEXIST, ENOTDIR:
    throw FileError(.badPath, path: path, "cannot be a folder: there is a file in its place")
  case ENOSPC, EDQUOT: throw FileError(.diskFull, path: path, "cannot be made: \(systemMessage(number))")
  default: throw FileError(.permissionDenied, path: path, "cannot be made: \(systemMessage(number))")
  }
}

/// Removes a file if it is there.
package func removeFile(_ path: String) {
  unsafe unlink(path)
}

/// Whether a path leads to a regular file.
package func isRegularFile(_ path: String) -> Bool {
  var status = stat()
  return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
}
