package import Files

/// A folder of feature caches, of which the unused ones may be removed. Files that do not begin as those of a cache stay, whatever their names.
package struct FeatureFolder: Sendable {
  package let path: String
  /// True for the folder in the user's cache folder, which this program made.
  private let isMade: Bool

  /// The folder of a path.
  ///
  /// - Parameter isMade: true for the folder in the user's cache folder.
  package init(path: String, isMade: Bool = false) {
    self.path = path
    self.isMade = isMade
  }

  /// The file, behind the folder's path, by which one process at a time opens and removes caches.
  static let lockName = "/.reszoo.lock"

  /// The seconds after which an unused cache is removed.
  static let lifetime = 30 * 24 * 3600

  /// A cache in the folder.
  package struct Cache: Hashable, Sendable {
    package var name: String
    /// The bytes that it takes on disk.
    package var byteCount: Int
    /// The last use, in seconds since 1970.
    package var lastUsed: Int
  }

  /// Lists all caches, the one that was not used for longest first.
  package func caches() -> [Cache] {
    FolderListing.names(in: path, endingIn: ".index", limit: .max).compactMap { file in
      let name = String(file.dropLast(".index".count))
      guard Self.isName(name), isOwn(name), let index = DiskSpace.usage(of: path + "/" + file) else {
        return nil
      }
      let data = hasOwnData(name) ? DiskSpace.usage(of: "\(path)/\(name).data") : nil
      return Cache(
        name: name, byteCount: index.byteCount + (data?.byteCount ?? 0), lastUsed: index.modified)
    }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
  }

  /// True if the index of that name is one of a cache.
  private func isOwn(_ name: String) -> Bool { FeatureHeader.isMarked("\(path)/\(name).index", .index) }

  /// True if the data of that name are those of a cache. Data of earlier versions have no mark, and are known in the program's own folder
  /// by the index beside them.
  private func hasOwnData(_ name: String) -> Bool {
    FeatureHeader.isMarked("\(path)/\(name).data", .data) || isMade && isOwn(name)
  }

  /// Removes caches, except for those that a training uses now.
  ///
  /// - Parameter names: the names of ``caches()``.
  /// - Returns: the names of those that are gone.
  package func clear(_ names: [String]) throws(FileError) -> Set<String> {
    let lock = try FileLock(path: path + Self.lockName)
    defer { withExtendedLifetime(lock) {} }
    return Set(names.filter { Self.isName($0) && remove($0) })
  }

  /// Removes caches that were not used for a long time, and data of caches without an index.
  ///
  /// - Precondition: the caller holds the folder's lock.
  func removeStale() {
    let now = DiskSpace.now
    for cache in caches() where cache.lastUsed < now - Self.lifetime { _ = remove(cache.name) }
    for file in FolderListing.names(in: path, endingIn: ".data", limit: .max) {
      let name = String(file.dropLast(".data".count))
      guard Self.isName(name), DiskSpace.usage(of: "\(path)/\(name).index") == nil, hasOwnData(name) else {
        continue
      }
      removeFile(path + "/" + file)
    }
  }

  /// Removes a cache; false when it is in use, or is none.
  ///
  /// - Precondition: the caller holds the folder's lock.
  func remove(_ name: String) -> Bool {
    let hasData = hasOwnData(name)
    guard isOwn(name), SharedFile.removeUnlessInUse("\(path)/\(name).index") else { return false }
    if hasData { removeFile("\(path)/\(name).data") }
    return true
  }

  /// Returns true for 32 hexadecimal digits; other files in the folder are not touched.
  private static func isName(_ name: String) -> Bool {
    name.utf8.count == 32 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
