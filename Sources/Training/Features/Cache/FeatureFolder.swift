package import Files
import TensorCore

/// A folder of feature caches, of which the unused ones may be removed.
package struct FeatureFolder: Sendable {
  package let path: String

  /// The folder of a path.
  package init(path: String) { self.path = path }

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
      guard Self.isName(name), let index = DiskSpace.usage(of: path + "/" + file) else { return nil }
      let data = DiskSpace.usage(of: "\(path)/\(name).data")
      return Cache(
        name: name, byteCount: index.byteCount + (data?.byteCount ?? 0), lastUsed: index.modified)
    }.sorted { ($0.lastUsed, $0.name) < ($1.lastUsed, $1.name) }
  }

  /// True if the files of that name begin as those of a cache do.
  package func isOwn(_ name: String) -> Bool {
    let magic = FeatureFiles.magic
    guard let file = try? InputFile(path: "\(path)/\(name).index") else { return false }
    guard file.byteCount > 0 else { return true }
    guard let start = try? file.read(count: Int(min(file.byteCount, UInt64(magic.count))), at: 0) else {
      return false
    }
    return [UInt8](copying: start.bytes) == magic
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
    guard isOwn(name), SharedFile.removeUnlessInUse("\(path)/\(name).index") else { return false }
    removeFile("\(path)/\(name).data")
    return true
  }

  /// Returns true for 32 hexadecimal digits; other files in the folder are not touched.
  private static func isName(_ name: String) -> Bool {
    name.utf8.count == 32 && name.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }
}
