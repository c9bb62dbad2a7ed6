package import Messages

/// The images of a set that are in more than one of its classes: the same files, or files with the same bytes.
struct ContradictingImages {
  /// The number of images that are in another class too.
  private(set) var count = 0
  /// Two of them of different classes.
  private(set) var example: (Int, Int)?
  /// True if all files that could be equal were compared; otherwise there may be more.
  private(set) var isComplete = true

  /// - Complexity: O(number of images), and at most `byteLimit` bytes are read: of files of equal size alone.
  init(of set: ImageSet, threads: Int, byteLimit: Int = SharedImages.byteLimit) {
    var files = FileTable()
    // The images of each file, and the files of each size.
    var imagesOfFile: [FileTable.Identity: [Int]] = [:]
    var filesOfSize: [Int: [FileTable.Identity]] = [:]
    for (index, source) in set.sources.enumerated() {
      // Records of one file are no copies of one another as far as files tell.
      if case .record = source { continue }
      guard let identity = files.identity(of: source), let size = files.byteCount(of: source) else {
        continue
      }
      if imagesOfFile[identity] == nil { filesOfSize[size, default: []].append(identity) }
      imagesOfFile[identity, default: []].append(index)
    }
    var left = byteLimit
    for (size, twins) in filesOfSize.sorted(by: { $0.key < $1.key }) {
      let indices = twins.map { imagesOfFile[$0] ?? [] }
      guard Self.isMixed(indices.joined(), in: set) else { continue }
      let (bytes, overflow) = size.multipliedReportingOverflow(by: twins.count > 1 ? twins.count : 0)
      guard !overflow, bytes <= left else {
        isComplete = false
        for images in indices where Self.isMixed(images, in: set) { add(images, in: set) }
        continue
      }
      left -= bytes
      for images in Self.equal(indices, in: set, threads: threads) where Self.isMixed(images, in: set) {
        add(images, in: set)
      }
    }
  }

  private mutating func add(_ images: [Int], in set: ImageSet) {
    count += images.count
    guard let first = images.min(), example.map({ first < $0.0 }) ?? true,
      let other = images.sorted().first(where: { Self.isMixed([$0, first], in: set) })
    else { return }
    example = (first, other)
  }

  /// Joins the images of files with the same bytes.
  private static func equal(_ files: [[Int]], in set: ImageSet, threads: Int) -> [[Int]] {
    guard files.count > 1 else { return files }
    let digests = ImageDigest.digests(of: files.map { set.sources[$0[0]] }, threads: threads)
    let readable = files.indices.filter { digests[$0] != nil }
    let groups = Dictionary(grouping: readable) { digests[$0] }
    return groups.values.map { group in group.flatMap { files[$0] } }
  }

  private static func isMixed(_ images: some Sequence<Int>, in set: ImageSet) -> Bool {
    if let labelSets = set.labelSets { return Set(images.lazy.map { labelSets[$0] }).count > 1 }
    return Set(images.lazy.map { set.labelOfSource[$0] }).count > 1
  }
}

extension ImageSet {
  /// A remark on images that are in more than one class, with their number and a pair; nil when none were found.
  ///
  /// - Complexity: O(number of images), and at most 128 MiB are read: of files of equal size alone.
  package func remarkOnContradictions(threads: Int) -> Remark? {
    let found = ContradictingImages(of: self, threads: threads)
    guard let (first, second) = found.example else { return nil }
    let number = (found.isComplete ? "" : "at least ") + "\(found.count)"
    return
      """
      \(title): \(number) images \(labelSets == nil ? "are in more than one class" : "have other classes elsewhere"): \
      \(sources[first]) is '\(names(of: first))', and the same image \(sources[second]) is '\(names(of: second))'
      """
  }
}
