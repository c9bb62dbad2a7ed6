import Platform

/// Names in a folder.
package enum FolderListing {
  /// Most entries of a folder that are looked at.
  private static let entryLimit = 1 << 16

  /// The sorted names that end in `suffix`, at most `limit`; none when the folder cannot be read.
  package static func names(in path: String, endingIn suffix: String, limit: Int) -> [String] {
    guard let entries = names(of: path, atMost: entryLimit) else { return [] }
    let names = entries.legible.filter { $0.hasSuffix(suffix) }
    return Array(names.sorted().prefix(limit))
  }

  /// The names in a folder, in no order and without `.` and `..`; nil, with `errno` set, when it cannot be opened.
  ///
  /// Bytes of a name that are not UTF-8 become U+FFFD: the text may be that of another file. Whoever opens what is listed takes
  /// ``names(of:)``.
  package static func entries(of path: String, atMost limit: Int = .max) -> [String]? {
    names(of: path, atMost: limit).map { $0.legible + $0.illegible }
  }

  /// The names in a folder as ``entries(of:atMost:)`` gives them, those apart that are not UTF-8.
  package static func names(
    of path: String, atMost limit: Int = .max
  ) -> (legible: [String], illegible: [String])? {
    unsafe read(opendir(path), atMost: limit)
  }

  /// The names in an open folder, as ``entries(of:atMost:)`` gives them. The descriptor stays the caller's.
  static func entries(ofFolder descriptor: Int32) -> [String]? {
    let own = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0 else { return nil }
    return unsafe read(fdopendir(own), atMost: .max).map { $0.legible + $0.illegible }
  }

  #if canImport(Darwin)
  private typealias Stream = UnsafeMutablePointer<DIR>
  #else
  private typealias Stream = OpaquePointer
  #endif

  private static func read(
    _ folder: Stream?, atMost limit: Int
  ) -> (legible: [String], illegible: [String])? {
    guard let folder = unsafe folder else { return nil }
    defer { unsafe closedir(folder) }
    var (legible, illegible): ([String], [String]) = ([], [])
    while legible.count + illegible.count < limit, let entry = unsafe readdir(folder) {
      unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
        let bytes = unsafe bytes.prefix { $0 != 0 }
        if let name = unsafe String(validating: bytes, as: UTF8.self) {
          if name != ".", name != ".." { legible.append(name) }
        } else {
          unsafe illegible.append(String(decoding: bytes, as: UTF8.self))
        }
      }
    }
    return (legible, illegible)
  }

  /// The folder that a file lies in.
  package static func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }
}
