import ImageInput

/// A folder that holds a folder of images for each class.
struct ClassFolders: Sendable {
  /// The folders' names, sorted by their bytes.
  private(set) var names: [String] = []
  /// For each name, the images in the folder and the folders in it, sorted.
  private(set) var paths: [[String]] = []
  /// The files that were left out, and other entries beside the folders.
  private(set) var leftOut: LeftOutFiles

  /// A reason why a folder holds no classes.
  enum Fault: Error {
    /// The folder or one in it cannot be listed: its path and the reason.
    case unreadable(path: String, reason: String)
    /// There is no folder in it.
    case noClasses
  }

  /// Lists the folders in `path` and the images in them.
  init(in path: String) throws(Fault) {
    guard let entries = ImageFiles.folders(in: path) else {
      throw .unreadable(path: path, reason: "no such folder, or it cannot be listed; a data set is a folder")
    }
    if let name = entries.unreachable {
      throw .unreadable(
        path: path + "/" + name, reason: "does not exist under this name; if its name is not UTF-8, rename it"
      )
    }
    guard !entries.folders.isEmpty else { throw .noClasses }
    names = entries.folders
    leftOut = entries.leftOut
    for name in names {
      var files = ImageFiles()
      files.add(path.hasSuffix("/") ? path + name : path + "/" + name)
      if let (path, reason) = files.unreadable.first { throw .unreadable(path: path, reason: reason) }
      leftOut.add(files.leftOut)
      paths.append(files.paths)
    }
  }
}
