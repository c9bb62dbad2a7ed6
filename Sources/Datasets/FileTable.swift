import Files
import Platform

/// The files that paths lead to, and their sizes; each path is looked up once.
struct FileTable {
  struct Identity: Hashable {
    var file: FileIdentity
    /// The record's number, or the place in an archive; nil where the file is one image.
    var record: UInt64?
  }

  private var files: [ExactText: (identity: FileIdentity, byteCount: Int)?] = [:]

  /// Returns the identity of an image; nil when there is no such file.
  mutating func identity(of source: ImageSource) -> Identity? {
    switch source {
    case .data, .illegible: return nil
    case .file(let path): return file(path).map { Identity(file: $0.identity) }
    case .record(let path, let index):
      return file(path).map { Identity(file: $0.identity, record: UInt64(index)) }
    case .member(let path, _, let offset, _):
      return file(path).map { Identity(file: $0.identity, record: offset) }
    }
  }

  /// The bytes that are read to compare an image with others: of a record, the whole file. Nil when there is no such file.
  mutating func byteCount(of source: ImageSource) -> Int? {
    switch source {
    case .member(_, _, _, let count): count
    case .illegible: nil
    case .file(let path), .record(let path, _), .data(let path, _): file(path)?.byteCount
    }
  }

  /// Finds the images in two lists whose files have a size in common, in the order of the first list and as many as can be read
  /// within the limit.
  mutating func possibleTwins(
    of sources: [ImageSource], in others: [ImageSource], byteLimit: Int
  ) -> (sources: [ImageSource], others: [ImageSource], isComplete: Bool) {
    let othersOfSize = Dictionary(grouping: others) { byteCount(of: $0) ?? -1 }
    var chosen: Set<Int> = []
    var seen: Set<String> = []
    var found: [ImageSource] = []
    var left = byteLimit
    for source in sources {
      guard let size = byteCount(of: source), let twins = othersOfSize[size] else { continue }
      var readers = seen.contains(Self.place(of: source)) ? 0 : 1
      if !chosen.contains(size) { readers += Set(twins.map(Self.place)).count }
      let (bytes, overflow) = size.multipliedReportingOverflow(by: readers)
      guard !overflow, bytes <= left else {
        return (found, chosen.flatMap { othersOfSize[$0] ?? [] }, false)
      }
      left -= bytes
      chosen.insert(size)
      seen.insert(Self.place(of: source))
      found.append(source)
    }
    return (found, chosen.flatMap { othersOfSize[$0] ?? [] }, true)
  }

  /// A text for the bytes that are read for an image.
  private static func place(of source: ImageSource) -> String {
    if case .member = source { return source.description }
    return source.path
  }

  /// The file at a path; nil when there is none.
  private mutating func file(_ path: String) -> (identity: FileIdentity, byteCount: Int)? {
    if let known = files[ExactText(path)] { return known }
    var status = stat()
    var found: (identity: FileIdentity, byteCount: Int)?
    if let identity = FileIdentity(path: path), unsafe stat(path, &status) == 0 {
      found = (identity, Int(status.st_size))
    }
    files[ExactText(path)] = .some(found)
    return found
  }
}
