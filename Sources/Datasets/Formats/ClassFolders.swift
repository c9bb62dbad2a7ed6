import ImageInput

/// A folder that holds a folder of images for each class.
struct ClassFolders: Sendable {
  /// The folders' names, in the order of the classes.
  private(set) var names: [String] = []
  /// For each name, the images in the folder and the folders in it, sorted.
  private(set) var paths: [[String]] = []
  /// The files that were left out, and other entries beside the folders.
  private(set) var leftOut: LeftOutFiles
  /// The names of folders that are no classes, as they begin with an underscore.
  private(set) var underscored: [String] = []

  private static let illegible = "its name is not UTF-8, rename it"

  /// A reason why a folder holds no classes.
  enum Fault: Error {
    /// The folder or one in it cannot be listed: its path and the reason.
    case unreadable(path: String, reason: String)
    /// There is no folder in it.
    case noClasses
    /// A folder in it holds parts of a data set, `train` and another.
    case partsWithin(path: String)
  }

  /// Lists the folders in `path` and the images in them.
  init(in path: String) throws(Fault) {
    guard let entries = ImageFiles.folders(in: path) else {
      throw .unreadable(path: path, reason: "no such folder, or it cannot be listed; a data set is a folder")
    }
    if let name = entries.illegible {
      throw .unreadable(path: path + "/" + name, reason: Self.illegible)
    }
    if let name = entries.unreachable {
      throw .unreadable(path: path + "/" + name, reason: "is a link that leads nowhere; remove it")
    }
    names = ClassNames.sorted(entries.folders.filter { !$0.hasPrefix("_") })
    underscored = entries.folders.filter { $0.hasPrefix("_") }
    guard !names.isEmpty else { throw .noClasses }
    leftOut = entries.leftOut
    for name in names {
      let folder = path.hasSuffix("/") ? path + name : path + "/" + name
      guard !DatasetParts.lie(in: folder) else { throw .partsWithin(path: folder) }
      var files = ImageFiles()
      files.add(folder)
      if let index = files.illegible.min() {
        throw .unreadable(path: files.paths[index], reason: Self.illegible)
      }
      if let (path, reason) = files.unreadable.first { throw .unreadable(path: path, reason: reason) }
      leftOut.add(files.leftOut)
      paths.append(files.paths)
    }
  }
}
