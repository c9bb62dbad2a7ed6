import Platform

/// The folders without subfolders that an ``AtomicFolder`` fills, or puts out of its way.
enum FlatFolder {
  /// Removes a folder and the files in it, symbolic links themselves, also while another thread makes files there. A folder with
  /// subfolders stays.
  static func remove(_ path: String) {
    guard let folder = OpenFolder(path) else { return }
    remove(path, being: folder)
  }

  /// Removes the folder at a path if it is this one, and the files in this one, wherever it is.
  ///
  /// - Parameter names: the files that may be lost; nil for all.
  static func remove(_ path: String, being folder: borrowing OpenFolder, losing names: [String]? = nil) {
    for _ in 0..<attempts {
      folder.removeFiles(names)
      guard folder.isAt(path), unsafe rmdir(path) != 0, errno == ENOTEMPTY || errno == EEXIST else { return }
    }
  }

  /// The times that a folder is emptied which is filled meanwhile.
  private static let attempts = 8
}
