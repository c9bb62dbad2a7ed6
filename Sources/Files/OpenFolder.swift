import Platform

/// A folder that stays the same whatever becomes of its name, which others may give to another folder or to a link at any moment.
struct OpenFolder: ~Copyable {
  private let descriptor: Int32

  /// Opens a folder; nil where a path leads to none, or to a symbolic link.
  init?(_ path: String) {
    self.init(taking: unsafe open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC))
  }

  /// The folder of a descriptor, which stays that of the caller.
  init?(_ descriptor: Int32) {
    self.init(taking: fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
  }

  private init?(taking descriptor: Int32) {
    guard descriptor >= 0 else { return nil }
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// The names in it, as ``FolderListing/entries(of:atMost:)`` gives them.
  var entries: [String]? { FolderListing.entries(ofFolder: descriptor) }

  /// True if a path leads to this folder itself.
  func isAt(_ path: String) -> Bool {
    var (own, other) = (stat(), stat())
    guard unsafe fstat(descriptor, &own) == 0, unsafe lstat(path, &other) == 0 else { return false }
    return own.st_dev == other.st_dev && own.st_ino == other.st_ino
  }

  /// True if all entries have such names, byte by byte, and none is a folder.
  func holdsOnly(_ entries: [String], of names: [String]) -> Bool {
    let names = Set(names.map { ExactText($0) })
    return entries.allSatisfy { entry in
      var status = stat()
      guard names.contains(ExactText(entry)),
        unsafe fstatat(descriptor, entry, &status, AT_SYMLINK_NOFOLLOW) == 0
      else { return false }
      return status.st_mode & S_IFMT != S_IFDIR
    }
  }

  /// Removes files in it, symbolic links themselves.
  ///
  /// - Parameter names: the files; nil for all.
  func removeFiles(_ names: [String]? = nil) {
    for name in names ?? entries ?? [] { unsafe unlinkat(descriptor, name, 0) }
  }
}
