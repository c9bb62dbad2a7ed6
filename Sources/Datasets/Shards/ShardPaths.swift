import Files
import ImageInput
import Messages

/// The paths of the shards of a data set: one, those of a pattern with braces, or all of a folder.
enum ShardPaths {
  /// The most shards of a set.
  private static let limit = 100_000

  /// True if a path names shards: an archive, a pattern, or a folder with archives and no folders.
  static func isNamed(by path: String) -> Bool {
    guard isFolder(path) else { return path.hasSuffix(".tar") }
    return !FolderListing.names(in: path, endingIn: ".tar", limit: 1).isEmpty
      && ImageFiles.folders(in: path)?.folders.isEmpty == true
  }

  /// The paths, in their order.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data``.
  static func all(of path: String) throws(DatasetError) -> [String] {
    guard isFolder(path) else { return try expanded(path) }
    let listing = FolderListing.names(of: path) ?? ([], [])
    if let name = listing.illegible.first(where: { $0.hasSuffix(".tar") }) {
      throw DatasetError(.data, "\(path)/\(name): its name is not UTF-8, rename it")
    }
    let names = listing.legible.filter { $0.hasSuffix(".tar") }.sorted()
    guard let first = names.first else {
      throw DatasetError(.data, "\(path): holds no shard, a file that ends in .tar")
    }
    guard names.count <= limit else {
      throw DatasetError(
        .data, "\(path): holds \(names.count) shards; at most \(limit) are read, so name some by a pattern")
    }
    // Shards of one set differ in their numbers alone.
    let kind = Self.kind(of: first)
    if let other = names.first(where: { Self.kind(of: $0) != kind }) {
      throw DatasetError(
        .data,
        "\(path): holds shards of several kinds, such as \(first) and \(other); name those of one, as in '\(path)/train-{000..099}.tar'"
      )
    }
    return names.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
  }

  /// The name of a shard without its numbers.
  private static func kind(of name: String) -> String {
    name.lowercased().filter { !$0.isWholeNumber }
  }

  /// The paths of a pattern: `{000..012}` stands for each of these numbers, `{a,b}` for each of these texts.
  static func expanded(_ pattern: String) throws(DatasetError) -> [String] {
    guard !isThere(pattern) else { return [pattern] }
    var paths = [""]
    var rest = pattern[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let choices = try choices(rest[rest.index(after: open)..<close], in: pattern)
      guard choices.count <= limit / paths.count else {
        throw DatasetError(.data, "\(pattern): stands for more than \(limit) shards")
      }
      let before = rest[..<open]
      paths = paths.flatMap { path in choices.map { path + before + $0 } }
      rest = rest[rest.index(after: close)...]
    }
    return paths.map { $0 + rest }
  }

  private static func choices(_ text: Substring, in pattern: String) throws(DatasetError) -> [String] {
    let ends = text.split(separator: "..", omittingEmptySubsequences: false)
    guard ends.count == 2, let first = Int(ends[0]), let last = Int(ends[1]), first >= 0 else {
      return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    guard first <= last, last - first < limit else {
      throw DatasetError(
        .data, "\(pattern): '{\(text)}' must go from a number to a larger one, with at most \(limit) between")
    }
    let width = ends[0].hasPrefix("0") ? ends[0].count : 0
    return (first...last).map { number in
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
  }
}
