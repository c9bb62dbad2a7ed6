import Crypto
import Platform

/// What tells one data set from another: the names and sizes of its files, their classes and their order. The folder in which all of
/// them lie does not count.
enum DataFingerprint {
  /// SHA-256 in hexadecimal.
  ///
  /// - Complexity: O(number of images); the files are not read.
  static func digest(of sets: [ImageSet]) -> String {
    var hash = SHA256()
    let folder = commonFolder(of: sets.flatMap(\.sources).map(\.path))
    for set in sets {
      hash.update(data: Array("set \(set.labels.joined(separator: "\u{0}"))\u{0}".utf8))
      var sizes: [String: Int] = [:]
      for (source, label) in zip(set.sources, set.labelOfSource) {
        let path = source.path
        let size = sizes[path] ?? byteCount(of: path)
        sizes[path] = size
        hash.update(
          data: Array("\(source.description.dropFirst(folder.count))\u{0}\(size)\u{0}\(label)\u{0}".utf8))
      }
    }
    return hexadecimal(hash.finalize())
  }

  /// The innermost folder that all paths have in common, with the slash behind it where there is one.
  private static func commonFolder(of paths: [String]) -> String {
    guard var common = paths.first.map(folder) else { return "" }
    for path in paths {
      while !path.hasPrefix(common) { common = folder(of: String(common.dropLast())) }
    }
    return common
  }

  /// What stands before a path's last part.
  private static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  /// -1 for a file that cannot be examined.
  private static func byteCount(of path: String) -> Int {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : -1
  }
}
