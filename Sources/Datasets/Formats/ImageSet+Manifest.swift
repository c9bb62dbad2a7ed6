import Files
import Messages

extension ImageSet {
  /// The largest manifest that is read, in bytes.
  static let manifestByteLimit = 1 << 28

  /// Reads a manifest, which lists images with their classes in order.
  ///
  /// - A CSV manifest (RFC 4180, UTF-8) has a header with the columns `path` and `label` among others, or no header and these
  ///   two columns; the first line then begins with a name that ends as images' names do.
  /// - A JSONL manifest has an object with `path` and `label` on each line; other members are ignored. Labels are strings or
  ///   whole numbers.
  ///
  /// Paths count from the manifest's folder. Classes are the labels, sorted by their bytes, or by their values if all are
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
      entries = try path.lowercased().hasSuffix(".csv") ? csvEntries(bytes) : jsonEntries(bytes)
    } catch {
      throw DatasetError(.data, "\(path), line \(error.line): \(error.message)")
    }
    let labels = ClassNames.sorted(Set(entries.map(\.label)))
    let positions = Dictionary(uniqueKeysWithValues: labels.enumerated().map { ($1, $0) })
    let folder = FolderListing.folder(of: path)
    var entryOfPath: [String: ManifestEntry] = [:]
    var sources: [ImageSource] = []
    for entry in entries {
      if let other = entryOfPath.updateValue(entry, forKey: entry.path), other.label != entry.label {
        throw DatasetError(
          .data,
          """
          \(path), line \(entry.line): '\(entry.path)' is '\(entry.label)' here and '\(other.label)' in line \
          \(other.line); an image has one class
          """)
      }
      sources.append(.file(path: entry.path.hasPrefix("/") ? entry.path : folder + "/" + entry.path))
    }
    self.init(
      sources: sources, labels: labels, labelOfSource: entries.map { positions[$0.label] ?? 0 }, path: path)
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
