import Platform

/// Names in a folder.
package enum FolderListing {
  /// Most entries of a folder that are looked at.
  private static let entryLimit = 1 << 16

  /// The sorted names that end in `suffix`, at most `limit`; none when the folder cannot be read.
  package static func names(in path: String, endingIn suffix: String, limit: Int) -> [String] {
    guard let entries = entries(of: path, atMost: entryLimit) else { return [] }
    let names = entries.filter { $0.hasSuffix(suffix) }
    return Array(names.sorted().prefix(limit))
  }

  /// The names in a folder, in no order and without `.` and `..`; nil, with `errno` set, when it cannot be opened.
  ///
  /// Bytes of a name that are not UTF-8 become U+FFFD, and no file has that name.
  package static func entries(of path: String, atMost limit: Int = .max) -> [String]? {
    guard let folder = unsafe opendir(path) else { return nil }
    defer { unsafe closedir(folder) }
    var names: [String] = []
    while names.count < limit, let entry = unsafe readdir(folder) {
      let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }

  /// The folder that a file lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
