import Files

/// Image files that were named one by one or lie in folders.
public struct ImageFiles: Sendable {
  /// The images: files as they were given, those of a folder in sorted order in the folder's place.
  public private(set) var paths: [String] = []
  /// Files in folders that were left out, as they are no images by their names or not of a format that can be read.
  public private(set) var leftOut = LeftOutFiles()
  /// The places in ``paths`` of files whose names are not UTF-8. With U+FFFD for what is not, the text may be the path of another file.
  package private(set) var illegible: Set<Int> = []
  /// Folders that could not be listed, and why.
  public private(set) var unreadable: [(path: String, reason: String)] = []

  /// The times that each folder below the one that is added was reached.
  private var visits: [FileIdentity: Int] = [:]

  /// The most ways to a folder, through symbolic links, by which its images are added: links in links would be without end.
  private static let waysAtMost = 16

  /// No images yet.
  public init() {}

  /// Adds a file, or all images of a folder and the folders in it, but for those that systems keep for themselves, such as hidden ones.
  /// A file that does not exist is added too: reading it gives the error.
  public mutating func add(_ path: String) {
    if isFolder(path) {
      visits = [:]
      addFolder(path, parents: [])
    } else {
      paths.append(path)
    }
  }

  private mutating func addFolder(_ folder: String, parents: Set<FileIdentity>) {
    // A link that leads back to a folder above would never end.
    guard let identity = FileIdentity(path: folder), !parents.contains(identity) else { return }
    let ways = visits[identity, default: 0] + 1
    visits[identity] = ways
    guard ways <= Self.waysAtMost else {
      if ways == Self.waysAtMost + 1 {
        unreadable.append(
          (folder, "symbolic links lead to this folder in more than \(Self.waysAtMost) ways; name it itself"))
      }
      return
    }
    guard let names = list(folder) else { return }
    for (name, isLegible) in names {
      let path = folder.hasSuffix("/") ? folder + name : folder + "/" + name
      if !isLegible {
        if let kind = LeftOutKind(ofFile: name) { leftOut.add(path, as: kind) } else { addIllegible(path) }
      } else if isFolder(path) {
        if !isServiceFolder(name) { addFolder(path, parents: parents.union([identity])) }
      } else if let kind = LeftOutKind(ofFile: name) {
        leftOut.add(path, as: kind)
      } else {
        paths.append(path)
      }
    }
  }

  /// Adds a file whose name is not UTF-8.
  ///
  /// - Parameter path: the name with U+FFFD in the place of what is not.
  package mutating func addIllegible(_ path: String) {
    illegible.insert(paths.count)
    paths.append(path)
  }

  /// The names in a folder, sorted by their bytes, and whether they are UTF-8.
  private mutating func list(_ folder: String) -> [(name: String, isLegible: Bool)]? {
    guard let names = FolderListing.names(of: folder) else {
      unreadable.append((folder, "the folder cannot be listed; check its permissions"))
      return nil
    }
    return (names.legible.map { ($0, true) } + names.illegible.map { ($0, false) })
      .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
  }

  /// The entries of a folder besides its images.
  package struct Entries {
    /// The names of the folders in it that no system keeps for itself, sorted by their bytes.
    package var folders: [String]
    /// Entries that are no folders, and folders of systems.
    package var leftOut: LeftOutFiles
    /// A name that leads to nothing, as a broken link does.
    package var unreachable: String?
    /// A name that is not UTF-8, with U+FFFD in the place of what is not.
    package var illegible: String?
  }

  /// The folders in a folder; nil when it cannot be listed.
  package static func folders(in folder: String) -> Entries? {
    guard let (names, illegible) = FolderListing.names(of: folder) else { return nil }
    var folders: [String] = []
    var leftOut = LeftOutFiles()
    for name in names.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let path = folder + "/" + name
      if !isFolder(path) {
        leftOut.add(path, as: LeftOutKind(ofFile: name) ?? .outsideOfClasses)
      } else if isServiceFolder(name) {
        leftOut.add(path, as: .serviceFolder)
      } else {
        folders.append(name)
      }
    }
    return Entries(
      folders: folders, leftOut: leftOut,
      unreachable: names.first { !isThere(folder + "/" + $0) }, illegible: illegible.first)
  }
}
