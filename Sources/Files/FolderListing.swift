import Platform

/// Names in a folder.
package enum FolderListing {
  /// Most entries of a folder that are looked at.
  private static let entryLimit = 1 << 16

  /// The sorted names that end in `suffix`, at most `limit`; none when the folder cannot be read.
  package static func names(in path: String, endingIn suffix: String, limit: Int) -> [String] {
    guard let folder = unsafe opendir(path) else { return [] }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    var count = 0
    while count < entryLimit, let entry = unsafe readdir(folder) {
      count += 1
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name.hasSuffix(suffix) { names.append(name) }
    }
    return Array(names.sorted().prefix(limit))
  }

  /// The folder that a file lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
