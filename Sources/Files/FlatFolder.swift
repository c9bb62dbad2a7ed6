import Platform

/// The folders without subfolders that an ``AtomicFolder`` fills, or puts out of its way.
enum FlatFolder {
  /// Removes a folder and the files in it, symbolic links themselves. A folder with subfolders stays.
  static func remove(_ path: String) {
    guard !isLink(path), let names = FolderListing.entries(of: path) else { return }
    for name in names { unsafe unlink(path + "/" + name) }
    unsafe rmdir(path)
  }

  private static func isLink(_ path: String) -> Bool {
    var status = stat()
    return unsafe lstat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFLNK
  }
}
