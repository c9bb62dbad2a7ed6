import Platform

/// The folders without subfolders that an ``AtomicFolder`` fills, or puts out of its way.
enum FlatFolder {
  /// Removes a folder and the files in it, symbolic links themselves, also while another thread makes files there. A folder with
  /// subfolders stays.
  static func remove(_ path: String) {
    for _ in 0..<attempts {
      guard !isLink(path), let names = FolderListing.entries(of: path) else { return }
      for name in names { unsafe unlink(path + "/" + name) }
      guard unsafe rmdir(path) != 0, errno == ENOTEMPTY || errno == EEXIST else { return }
    }
  }

  /// The times that a folder is emptied which is filled meanwhile.
  private static let attempts = 8

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFLNK
  }
}
