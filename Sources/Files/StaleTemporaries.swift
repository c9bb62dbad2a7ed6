import Messages
import Platform

/// The names of temporary files, and the removal of those that writers left when they were killed: nobody holds their lock.
enum StaleTemporaries {
  /// Removes them from a folder. What cannot be examined or removed stays.
  ///
  /// - Complexity: linear in the number of the folder's entries.
  static func remove(from folder: String) {
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

  /// A new name in a folder: `.reszoo-<16 hexadecimal digits>.tmp`.
  static func newPath(in folder: String) -> String {
    "\(folder)/.reszoo-\(hexadecimal(UInt64.random(in: 0 ... .max))).tmp"
  }

  /// True if a file's name is one that ``newPath(in:)`` gives.
  private static func isTemporary(_ name: String) -> Bool {
    name.utf8.count == 28 && name.hasPrefix(".reszoo-") && name.hasSuffix(".tmp")
      && name.dropFirst(8).dropLast(4).allSatisfy(\.isHexDigit)
  }

  private static func removeIfStale(_ path: String) {
    let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var status = stat()
    guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    unsafe unlink(path)
  }
}
