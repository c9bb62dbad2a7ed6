import Files

/// A folder of feature caches, of which the unused ones may be removed.
struct FeatureFolder {
  let path: String

  /// The seconds after which an unused cache is removed.
  static let lifetime = 30 * 24 * 3600

  /// A cache in the folder.
  struct Cache: Hashable {
    var name: String
    /// The bytes that it takes on disk.
    var byteCount: Int
    /// The last use, in seconds since 1970.
    var lastUsed: Int
  }

  /// Lists all caches, the one that was not used for longest first.
  func caches() -> [Cache] {
    FolderListing.names(in: path, endingIn: ".index", limit: .max).compactMap { file in
      let name = String(file.dropLast(".index".count))
      guard Self.isName(name), let index = DiskSpace.usage(of: path + "/" + file) else { return nil }
      let data = DiskSpace.usage(of: "\(path)/\(name).data")
      return Cache(
        name: name, byteCount: index.byteCount + (data?.byteCount ?? 0), lastUsed: index.modified)
    }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
  }

  /// Removes caches that were not used for a long time, and data without an index.
  ///
  /// - Precondition: the caller holds the folder's lock.
  func removeStale() {
    let now = DiskSpace.now
    for cache in caches() where cache.lastUsed < now - Self.lifetime { _ = remove(cache.name) }
    for file in FolderListing.names(in: path, endingIn: ".data", limit: .max) {
      let name = String(file.dropLast(".data".count))
      guard Self.isName(name), DiskSpace.usage(of: "\(path)/\(name).index") == nil else { continue }
      removeFile(path + "/" + file)
    }
  }

  /// Removes a cache; false when it is in use.
  ///
  /// - Precondition: the caller holds the folder's lock.
  func remove(_ name: String) -> Bool {
    guard SharedFile.removeUnlessInUse("\(path)/\(name).index") else { return false }
    removeFile("\(path)/\(name).data")
    return true
  }

  /// Returns true for 32 hexadecimal digits; other files in the folder are not touched.
  private static func isName(_ name: String) -> Bool {
    name.utf8.count == 32 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
