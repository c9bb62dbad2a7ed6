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
