import CFiles
import Platform

/// A new folder of files that appears under its name when all of them are complete, or not at all.
///
/// The files go to a temporary folder beside the target, named `.reszoo-<16 hexadecimal digits>.tmp`. It stays when the process is
/// killed, until the next output is written beside it. A folder that exists is replaced if it is empty, or holds nothing but files that an
/// earlier run wrote, none of which is one of ``OpenInputs``: when it is opened, and still when it gets its name.
package final class AtomicFolder {
  private let given: String
  private let target: String
  private let parent: String
  private let names: [String]
  private let earlierNames: (String) -> [String]?
  private let temporaryPath: String
  /// Holds the lock by which others know that the temporary folder is in use.
  private let descriptor: Int32
  private var isCommitted = false

  /// Creates the temporary folder.
  ///
  /// - Parameters:
  ///   - path: the folder to write.
  ///   - names: the files that it will hold.
  ///   - kind: what such a folder is called in an error.
  ///   - isReplaceable: whether an existing folder with files of such names, of which only the path is given, may be lost.
  package convenience init(
    path: String, names: [String], kind: String = "export", isReplaceable: @escaping (String) -> Bool
  ) throws(FileError) {
    try self.init(path: path, names: names, kind: kind) { isReplaceable($0) ? names : nil }
  }

  /// Creates the temporary folder.
  ///
  /// - Parameters:
  ///   - path: the folder to write.
  ///   - names: the files that it will hold.
  ///   - kind: what such a folder is called in an error.
  ///   - earlierNames: the files of an existing folder, of which only the path is given, that may be lost; nil if it may not be.
  package init(
    path: String, names: [String], kind: String, earlierNames: @escaping (String) -> [String]?
  ) throws(FileError) {
    var given = path
    while given.utf8.count > 1, given.hasSuffix("/") { given.removeLast() }
    guard !given.isEmpty, !given.utf8.contains(0) else {
      throw FileError(.badPath, path: path, "the path of a folder to write is empty")
    }
    let existing = try Self.existingFolder(given)
    let target = existing ?? given
    self.given = given
    self.target = target
    self.names = names
    self.earlierNames = earlierNames
    if let existing {
      guard let folder = OpenFolder(existing), let entries = folder.entries else {
        throw Self.failure(errno, existing)
      }
      guard entries.isEmpty || folder.holdsOnly(entries, of: earlierNames(existing) ?? []) else {
        throw FileError(
          .badPath, path: path,
          "exists and is neither empty nor an earlier \(kind); name another folder or remove it")
      }
      for name in entries { try OpenInputs.requireReplaceable(given + "/" + name) }
    }
    parent = FolderListing.folder(of: target)
    StaleTemporaries.remove(from: parent)
    let made = TemporaryFiles.makeFolder { [parent] in StaleTemporaries.createFolder(in: parent) }
    guard let (temporaryPath, descriptor) = made else { throw Self.failure(errno, path) }
    (self.temporaryPath, self.descriptor) = (temporaryPath, descriptor)
  }

  deinit {
    if !isCommitted, let folder = OpenFolder(descriptor) { FlatFolder.remove(temporaryPath, being: folder) }
    TemporaryFiles.remove(folder: temporaryPath)
    close(descriptor)
  }

  /// Where a file is written, by ``AtomicFile`` or otherwise.
  ///
  /// - Precondition: the name is one of those that the folder was made for.
  package func path(of name: String) -> String {
    precondition(names.contains(name), "'\(name)' is none of \(names)")
    return temporaryPath + "/" + name
  }

  /// The error about a file of the folder, with the name that the file is to have.
  package func named(_ error: FileError) -> FileError {
    guard error.path.hasPrefix(temporaryPath) else { return error }
    return FileError(
      error.code, path: given + error.path.dropFirst(temporaryPath.count), at: error.offset, error.message)
  }

  /// Gives the folder its name, in the place of an earlier one.
  package func commit() throws(FileError) {
    if unsafe rename(temporaryPath, target) != 0 {
      guard errno == ENOTEMPTY || errno == EEXIST else { throw Self.failure(errno, given) }
      try takePlace()
    }
    isCommitted = true
    let descriptor = unsafe open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else { throw Self.failure(errno, given) }
  }

  /// Puts the folder into the place of one with files, which are lost: in one step where the file system can, so that there always is one.
  ///
  /// - Throws: ``FileError`` for a folder that was changed since it was examined, or holds a file that is read now.
  private func takePlace() throws(FileError) {
    guard let old = OpenFolder(target), let entries = old.entries,
      entries.isEmpty || old.holdsOnly(entries, of: earlierNames(target) ?? [])
    else {
      throw FileError(
        .exists, path: given, "was changed meanwhile and is not replaced; name another folder")
    }
    for name in entries { try OpenInputs.requireReplaceable(given + "/" + name) }
    if unsafe rz_exchange_names(temporaryPath, target) == 0 {
      FlatFolder.remove(temporaryPath, being: old, losing: entries)
      return
    }
    guard [EINVAL, ENOSYS, ENOTSUP].contains(errno) else { throw Self.failure(errno, given) }
    let aside = temporaryPath + ".old"
    guard unsafe rename(target, aside) == 0 else { throw Self.failure(errno, given) }
    guard unsafe rename(temporaryPath, target) == 0 else {
      let number = errno
      _ = unsafe rename(aside, target)
      throw Self.failure(number, given)
    }
    FlatFolder.remove(aside, being: old, losing: entries)
  }

  /// The folder that a path leads to; nil when nothing is there.
  private static func existingFolder(_ path: String) throws(FileError) -> String? {
    var status = stat()
    guard unsafe lstat(path, &status) == 0 else {
      guard errno == ENOENT else { throw failure(errno, path) }
      try OutputLinks.requireTrusted(path)
      return nil
    }
    try OutputLinks.requireTrusted(path)
    guard let resolved = try realPath(path) else { throw failure(errno, path) }
    guard unsafe stat(resolved, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(.notARegularFile, path: path, "exists and is not a folder")
    }
    return resolved
  }

  private static func failure(_ number: Int32, _ path: String) -> FileError {
    switch number {
    case ENOENT, ENOTDIR:
      FileError(
        .folderNotFound, path: path, "cannot be written: the folder that it is to be in does not exist")
    case EACCES, EPERM, EROFS:
      FileError(.permissionDenied, path: path, "cannot be written: \(systemMessage(number))")
    case ENOSPC, EDQUOT:
      FileError(.diskFull, path: path, "cannot be written: \(systemMessage(number))")
    default:
      FileError(.writeFailed, path: path, "cannot be written: \(systemMessage(number))")
    }
  }
}
