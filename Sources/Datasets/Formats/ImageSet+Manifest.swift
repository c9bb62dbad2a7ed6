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
  /// Where images have any number of classes, a field holds their names with a separator between them, an object of JSONL a list of
  /// them; or a table has, beside the paths, a column for each class with 0 or 1, and the classes have the order of the columns.
  ///
  /// Usual other names, such as `filename` and `class`, are taken where only one column has such a name. Paths count from the
  /// manifest's folder; backslashes in one that leads nowhere stand for slashes. Classes are the labels, sorted by their bytes, or by their values if all are
  /// whole numbers. An image may be listed more than once, with one class; where it may have any number of classes, it has all those that
  /// its lines name, and is one image.
  ///
  /// - Throws: ``DatasetError`` with ``DatasetError/Code/data``, which names the line, or ``DatasetError/Code/file``.
  public init(manifest path: String, labels form: LabelForm = .one) throws(DatasetError) {
    let bytes: [UInt8]
    do {
      bytes = try InputFile(path: path).readLines(limit: Self.manifestByteLimit)
    } catch {
      throw DatasetError(.file, "\(error)")
    }
    var entries: [ManifestEntry]
    var classes: [String]?
    do {
      var reader = LabelReader(form)
      (entries, classes) =
        try isTable(path) ? csvEntries(bytes, reader: &reader) : (jsonEntries(bytes, reader: &reader), nil)
      if let doubt = reader.doubt { throw DatasetError(.data, "\(path): \(doubt)") }
      entries = try joined(entries, form: form, areMarked: classes != nil)
    } catch let fault as ManifestFault {
      throw DatasetError(.data, "\(path), line \(fault.line): \(fault.message)")
    } catch let error as DatasetError {
      throw error
    } catch {
      throw DatasetError(.data, "\(path): \(error)")
    }
    let folder = FolderListing.folder(of: path)
    let places = entries.map { Self.place(of: $0.path, in: folder) }
    let changed = places.count(where: \.isChanged)
    self.init(
      sources: places.map { .file(path: $0.path) }, names: entries.map(\.labels), classes: classes,
      form: form,
      path: path,
      remarks: changed == 0
        ? [] : ["\(path): \(changed) paths lead to an image only with slashes for their backslashes"])
  }
}

/// Joins the lines of an image that may have any number of classes.
///
/// - Throws: ``ManifestFault`` when two lines say different things of an image that has one class, or where each class has a column.
private func joined(
  _ entries: [ManifestEntry], form: LabelForm, areMarked: Bool
) throws(ManifestFault) -> [ManifestEntry] {
  var placeOfPath: [ExactText: Int] = [:]
  var joined: [ManifestEntry] = []
  for entry in entries {
    guard let place = placeOfPath[ExactText(entry.path)] else {
      placeOfPath[ExactText(entry.path)] = joined.count
      joined.append(entry)
      continue
    }
    let other = joined[place]
    guard entry.labels == other.labels || form != .one && !areMarked else {
      throw ManifestFault(
        line: entry.line,
        message: """
          '\(entry.path)' is '\(entry.labels.joined(separator: ", "))' here and '\(other.labels.joined(separator: ", "))' in line \
          \(other.line)\(form == .one ? "; an image has one class" : "")
          """)
    }
    if form == .one { joined.append(entry) } else { joined[place].labels += entry.labels }
  }
  return joined
}

/// True for a manifest in lines with fields, by its name.
private func isTable(_ path: String) -> Bool {
  let path = path.lowercased()
  return path.hasSuffix(".csv") || path.hasSuffix(".tsv")
}

extension ImageSet {
  /// The path of an image that a manifest in a folder lists; with slashes for backslashes if only that leads to something.
  private static func place(of path: String, in folder: String) -> (path: String, isChanged: Bool) {
    func place(_ path: String) -> String { isAbsolute(path) ? path : folder + "/" + path }
    guard path.utf8.contains(UInt8(ascii: "\\")), !isThere(place(path)) else { return (place(path), false) }
    let turned = place(path.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: "/"))
    return isThere(turned) ? (turned, true) : (place(path), false)
  }
}

/// An image that a manifest lists.
struct ManifestEntry {
  var line: Int
  var path: String
  /// The names of its classes; exactly one where an image has one.
  var labels: [String]

  /// - Throws: ``ManifestFault`` for an empty path, or bytes that no path can have.
  init(line: Int, path: String, labels: [String]) throws(ManifestFault) {
    guard !path.isEmpty else { throw ManifestFault(line: line, message: "the path is empty") }
    guard !path.utf8.contains(0) else { throw ManifestFault(line: line, message: "the path has a NUL in it") }
    self.line = line
    self.path = path
    self.labels = labels
  }
}

/// A fault of a line, which is counted from 1.
struct ManifestFault: Error {
  var line: Int
  var message: Remark
}
