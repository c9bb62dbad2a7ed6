import Files
public import PublishedModels

extension ModelCache {
  /// A file of the cache.
  public struct Item: Hashable, Sendable {
    /// The kind of a file.
    public enum Kind: String, Hashable, Sendable, CaseIterable {
      /// A checkpoint that was made of published weights.
      case model
      /// A published file that was kept, or a part of one that has arrived.
      case download
    }

    /// The kind of the file.
    public var kind: Kind
    /// The name of the published weights.
    public var name: String
    /// The path of the file.
    public var path: String
    /// The bytes that it takes on disk.
    public var byteCount: Int
    /// The time at which it was written, in seconds since 1970.
    public var modified: Int
  }

  /// Lists the files that pulling the weights of a list makes. Other files, and symbolic links, are none of the cache's.
  public func items(of index: ModelIndex) -> [Item] {
    var items: [Item] = []
    func add(_ kind: Item.Kind, _ name: String, _ path: String) {
      guard let usage = DiskSpace.usage(of: path) else { return }
      items.append(
        Item(kind: kind, name: name, path: path, byteCount: usage.byteCount, modified: usage.modified))
    }
    let (hasModels, hasDownloads) = (
      isFolderItself(folder + "/models"), isFolderItself(folder + "/downloads")
    )
    for weights in index.entries {
      if hasModels { add(.model, weights.name, path(of: weights)) }
      guard hasDownloads else { continue }
      for path in [sourcePath(of: weights), sourcePath(of: weights) + ".part"] {
        add(.download, weights.name, path)
      }
    }
    return items
  }

  /// Removes a file that ``items(of:)`` listed.
  ///
  /// - Returns: false when a process pulls these weights now, or the file cannot be removed.
  public func remove(_ item: Item) -> Bool {
    let downloads = folder + "/downloads"
    var lock: FileLock?
    if isFolderItself(downloads) {
      lock = try? FileLock.ifFree(path: "\(downloads)/\(item.name).lock")
      guard lock != nil else { return false }
    }
    defer { withExtendedLifetime(lock) {} }
    guard DiskSpace.usage(of: item.path) != nil else { return true }
    removeFile(item.path)
    return DiskSpace.usage(of: item.path) == nil
  }
}
