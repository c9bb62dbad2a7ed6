import Crypto
import Files
import Messages
import Platform
import TensorCore

extension ImageSet {
  /// A digest that tells data sets apart, by the names and sizes of their files, the classes and the order. The folder in which all
  /// files lie does not count.
  ///
  /// - Returns: a SHA-256 in hexadecimal.
  /// - Complexity: O(number of images); the files are not read.
  package static func fingerprint(of sets: [ImageSet]) -> String {
    var hash = SHA256()
    let folder = commonFolder(of: sets.flatMap(\.sources).map(\.path))
    for set in sets {
      hash.update(data: Array("set \(set.labels.joined(separator: "\u{0}"))\u{0}".utf8))
      var sizes: [ExactText: Int] = [:]
      let labels =
        set.labelSets?.map { $0.positions.map(String.init).joined(separator: "|") }
        ?? set.labelOfSource.map(String.init)
      for (source, label) in zip(set.sources, labels) {
        let path = source.path
        let size = sizes[ExactText(path)] ?? byteCount(of: path)
        sizes[ExactText(path)] = size
        hash.update(
          data: Array("\(source.description.dropFirst(folder.count))\u{0}\(size)\u{0}\(label)\u{0}".utf8))
      }
    }
    return hexadecimal(hash.finalize())
  }

  /// The most bytes of images whose contents are read to tell data sets apart.
  private static let contentLimit = 256 << 20

  /// A digest of the bytes of all images; nil when there are more than 256 MiB of them.
  ///
  /// - Complexity: O(bytes of the files).
  package static func contentDigest(of sets: [ImageSet], threads: Int) -> String? {
    let sources = sets.flatMap(\.sources)
    var left = contentLimit
    for path in Set(sources.map(\.path)) {
      left -= max(0, byteCount(of: path))
      guard left >= 0 else { return nil }
    }
    var writer = ByteWriter()
    for digest in ImageDigest.digests(of: sources, threads: threads) {
      writer.write(UInt8(digest == nil ? 0 : 1))
      digest?.write(to: &writer)
    }
    return hexadecimal(SHA256.hash(data: writer.bytes))
  }

  /// The innermost folder that all paths have in common, with the slash after it where there is one.
  private static func commonFolder(of paths: [String]) -> String {
    guard var common = paths.first.map(folder) else { return "" }
    for path in paths {
      while !path.hasPrefix(common) { common = folder(of: String(common.dropLast())) }
    }
    return common
  }

  /// The part of a path up to its last slash.
  private static func folder(of path: String) -> String {
    path.folderPart
  }

  /// The size of a file; -1 when it cannot be examined.
  private static func byteCount(of path: String) -> Int {
    var status = stat()
    return unsafe stat(path, &status) == 0 ? Int(status.st_size) : -1
  }
}
