import Messages
import Platform

/// The names of temporary files and folders, and the removal of those that writers left when they were killed: nobody holds their lock.
package enum StaleTemporaries {
  /// Removes them from a folder. What cannot be examined or removed stays.
  ///
  /// - Complexity: linear in the number of the folder's entries.
  package static func remove(from folder: String) {
    guard let names = FolderListing.entries(of: folder) else { return }
    for name in names where isTemporary(name) { removeIfStale(folder + "/" + name) }
  }

  /// Creates a temporary file and holds its lock, which ends with the descriptor or with the process.
  ///
  /// - Returns: the descriptor, or -1 with `errno` set.
  static func create(_ path: String, mode: mode_t) -> Int32 {
    while true {
      let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode)
      guard descriptor >= 0 else { return -1 }
      var status = stat()
      // Before it was locked, another writer may have taken it for stale and removed it.
      guard flock(descriptor, LOCK_EX) == 0, unsafe fstat(descriptor, &status) == 0, status.st_nlink == 0
      else {
        return descriptor
      }
      close(descriptor)
    }
  }

  /// Creates a temporary folder and holds its lock, which ends with the descriptor or with the process.
  ///
  /// - Returns: nil, with `errno` set, when that failed.
  static func createFolder(in parent: String) -> (path: String, descriptor: Int32)? {
    while true {
      let path = newPath(in: parent)
      guard unsafe mkdir(path, 0o777) == 0 else { return nil }
      let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      // As of a file: it may be gone already.
      guard descriptor >= 0 else {
        guard errno == ENOENT else { return nil }
        continue
      }
      // Where the file system knows no locks of folders, nobody takes it for stale either.
      flock(descriptor, LOCK_EX)
      if isFolderItself(path) { return (path, descriptor) }
      close(descriptor)
    }
  }

  /// A new name in a folder: `.reszoo-<16 hexadecimal digits>.tmp`.
  static func newPath(in folder: String) -> String {
    "\(folder)/.reszoo-\(hexadecimal(UInt64.random(in: 0 ... .max))).tmp"
  }

  /// True if a file's name is one that ``newPath(in:)`` gives.
  package static func isTemporary(_ name: String) -> Bool {
    name.utf8.count == 28 && name.hasPrefix(".reszoo-") && name.hasSuffix(".tmp")
      && name.dropFirst(8).dropLast(4).allSatisfy(\.isHexDigit)
  }

  private static func removeIfStale(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0 else { return }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { unsafe unlink(path) }
    case S_IFDIR where status.st_uid == geteuid():
      guard flock(descriptor, LOCK_EX | LOCK_NB) == 0, let folder = OpenFolder(descriptor) else { return }
      FlatFolder.remove(path, being: folder)
    default: break
    }
  }
}
