import Files
import Messages

extension ImageSet {
  /// The largest manifest that is read, in bytes.
  static let manifestByteLimit = 1 << 28

  /// Reads a manifest, which lists images with their classes in order.
  ///
  /// - A CSV manifest (RFC 4180, UTF-8; semicolons or tabs may stand for the commas) has a header with the columns `path` and `label`
  ///   among others, or no header and these two columns; the first line then begins with a name that ends as images' names do.
  /// - A JSONL manifest has an object with `path` and `label` on each line; other members are ignored. Labels are strings or
  ///   whole numbers.
  ///
  /// Usual other names, such as `filename` and `class`, are taken where only one column has such a name. Paths count from the
  /// manifest's folder; backslashes in one that leads nowhere stand for slashes. Classes are the labels, sorted by their bytes, or by their values if all are
  /// whole numbers. An image may be listed more than once, but only in one class.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data``, which names the line, or ``DatasetError/Code/file``.
  public init(manifest path: String) throws(DatasetError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile(path: path).readAll(limit: Self.manifestByteLimit)
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    let entries: [ManifestEntry]
    do {
      entries = try isTable(path) ? csvEntries(bytes) : jsonEntries(bytes)
    } catch {
      throw DatasetError(.data, "\(path), line \(error.line): \(error.message)")
    }
    let labels = ClassNames.sorted(Set(entries.map(\.label)))
    let positions = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let folder = FolderListing.folder(of: path)
    var entryOfPath: [String: ManifestEntry] = [:]
    var sources: [ImageSource] = []
    var changed = 0
    for entry in entries {
      if let other = entryOfPath.updateValue(entry, forKey: entry.path), other.label != entry.label {
        throw DatasetError(
          .data,
          """
          \(path), line \(entry.line): '\(entry.path)' is '\(entry.label)' here and '\(other.label)' in line \
          \(other.line); an image has one class
          """)
      }
      let place = Self.place(of: entry.path, in: folder)
      if place.isChanged { changed += 1 }
      sources.append(.file(path: place.path))
    }
    self.init(
      sources: sources, labels: labels, labelOfSource: entries.map { positions[$0.label] ?? 0 }, path: path,
      remarks: changed == 0
        ? [] : ["\(path): \(changed) paths lead to an image only with slashes for their backslashes"])
  }
}

/// True for a manifest in lines with fields, by its name.
private func isTable(_ path: String) -> Bool {
  let path = path.lowercased()
  return path.hasSuffix(".csv") || path.hasSuffix(".tsv")
}

extension ImageSet {
  /// The path of an image that a manifest in a folder lists; with slashes for backslashes if only that leads to something.
  private static func place(of path: String, in folder: String) -> (path: String, isChanged: Bool) {
    func place(_ path: String) -> String { path.hasPrefix("/") ? path : folder + "/" + path }
    guard path.utf8.contains(UInt8(ascii: "\\")), !isThere(place(path)) else { return (place(path), false) }
    let turned = place(path.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "/"))
    return isThere(turned) ? (turned, true) : (place(path), false)
  }
}

/// An image that a manifest lists.
struct ManifestEntry {
  var line: Int
  var path: String
  var label: String

  /// - Throws: ``ManifestFault`` for an empty path or label, or bytes that no path can have.
  init(line: Int, path: String, label: String) throws(ManifestFault) {
    guard !path.isEmpty, !label.isEmpty else {
      throw ManifestFault(line: line, message: "the \(path.isEmpty ? "path" : "label") is empty")
    }
    guard !path.utf8.contains(0) else { throw ManifestFault(line: line, message: "the path has a NUL in it") }
    self.line = line
    self.path = path
    self.label = label
  }
}

/// A fault of a line, which is counted from 1.
struct ManifestFault: Error {
  var line: Int
  var message: String
}
