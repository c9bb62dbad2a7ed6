import Files
import Platform

/// The images of one set that are also in another: the same files, or files with the same bytes.
package struct SharedImages: Hashable {
  /// The number of images of the first set that are also in the other.
  package let count: Int
  /// True if all files that could be equal were compared; otherwise there may be more.
  package let isComplete: Bool

  /// The most bytes that are read to compare contents, so that a training begins soon.
  package static let byteLimit = 128 << 20

  /// - Complexity: O(number of images), and at most `byteLimit` bytes are read: of files of equal size alone.
  package init(of set: ImageSet, in other: ImageSet, threads: Int, byteLimit: Int = byteLimit) {
    var files = FileTable()
    let others = Set(other.sources.compactMap { files.identity(of: $0) })
    let rest = set.sources.filter { source in files.identity(of: source).map { !others.contains($0) } ?? true
    }
    let twins = files.possibleTwins(of: rest, in: other.sources, byteLimit: byteLimit)
    let known = Set(ImageDigest.digests(of: twins.others, threads: threads).compactMap(\.self))
    let equal = ImageDigest.digests(of: twins.sources, threads: threads).count { digest in
      digest.map(known.contains) ?? false
    }
    count = set.count - rest.count + equal
    isComplete = twins.isComplete
  }
}

/// The files that paths lead to, and their sizes; each path is looked up once.
private struct FileTable {
  struct Identity: Hashable {
    var file: FileIdentity
    /// The record's number; nil where the file is one image.
    var record: Int?
  }

  private var files: [String: (identity: FileIdentity, byteCount: Int)?] = [:]

  /// Returns the identity of an image; nil when there is no such file.
  mutating func identity(of source: ImageSource) -> Identity? {
    guard let file = file(source.path) else { return nil }
    guard case .record(_, let index) = source else { return Identity(file: file.identity) }
    return Identity(file: file.identity, record: index)
  }

  /// Finds the images in two lists whose files have a size in common, in the order of the first list and as many as can be read
  /// within the limit.
  mutating func possibleTwins(
    of sources: [ImageSource], in others: [ImageSource], byteLimit: Int
  ) -> (sources: [ImageSource], others: [ImageSource], isComplete: Bool) {
    let othersOfSize = Dictionary(grouping: others) { file($0.path)?.byteCount ?? -1 }
    var chosen: Set<Int> = []
    var seen: Set<String> = []
    var found: [ImageSource] = []
    var left = byteLimit
    for source in sources {
      guard let size = file(source.path)?.byteCount, let twins = othersOfSize[size] else { continue }
      var readers = seen.contains(source.path) ? 0 : 1
      if !chosen.contains(size) { readers += Set(twins.map(\.path)).count }
      let (bytes, overflow) = size.multipliedReportingOverflow(by: readers)
      guard !overflow, bytes <= left else {
        return (found, chosen.flatMap { othersOfSize[$0] ?? [] }, false)
      }
      left -= bytes
      chosen.insert(size)
      seen.insert(source.path)
      found.append(source)
    }
    return (found, chosen.flatMap { othersOfSize[$0] ?? [] }, true)
  }

  private mutating func file(_ path: String) -> (identity: FileIdentity, byteCount: Int)? {
    if let known = files[path] { return known }
    var status = stat()
    var found: (identity: FileIdentity, byteCount: Int)?
    if let identity = FileIdentity(path: path), unsafe stat(path, &status) == 0 {
      found = (identity, Int(status.st_size))
    }
    files[path] = .some(found)
    return found
  }
}
