package import Files
import ModelDescriptor
import TensorCore

/// A folder with a report: a page, `index.html`, and all of its metrics as JSON.
///
/// It appears whole. An earlier report of the same kind is replaced; nothing else is.
package struct ReportFolder {
  private let folder: AtomicFolder
  private let metrics: String

  private static let page = "index.html"

  /// Opens a folder to be written.
  ///
  /// - Parameters:
  ///   - path: the folder; its parent folder exists.
  ///   - metrics: the name of the file with the metrics.
  ///   - more: the names of other files.
  ///   - kind: the name of such a report in an error.
  ///   - format: the member `format` of such a report's metrics.
  ///   - isReplaceable: false for an earlier report, of which only the path is given, that must not be lost.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else.
  package init(
    path: String, metrics: String = "report.json", more: [String] = [], kind: String, format: String,
    isReplaceable: @escaping (String) -> Bool = { _ in true }
  ) throws(FileError) {
    self.metrics = metrics
    folder = try AtomicFolder(path: path, names: [Self.page, metrics] + more, kind: kind) { existing in
      guard let file = try? InputFile(path: existing + "/" + metrics),
        let bytes = try? file.readAll(limit: 1 << 28),
        let claim = try? JSON.decode(Claim.self, from: bytes)
      else { return false }
      return claim.format == format && isReplaceable(existing)
    }
  }

  /// Writes the report and gives the folder its name.
  ///
  /// - Parameter more: the other files, by names that the folder was opened with.
  /// - Throws: ``FileError``, or `DescriptorError` for a number that JSON cannot write.
  package func write(
    html: String, metrics content: some Encodable, more: [(name: String, bytes: [UInt8])] = []
  ) throws {
    try write(Array(html.utf8), as: Self.page)
    for file in more { try write(file.bytes, as: file.name) }
    try write(JSON.encodeShown(content) + [0x0A], as: metrics)
    try folder.commit()
  }

  /// Writes a report whose metrics are a record, as commands print it, and gives the folder its name.
  ///
  /// - Throws: ``FileError``, or `DescriptorError`.
  package func write(html: String, record: some Encodable) throws {
    try write(Array(html.utf8), as: Self.page)
    try write(Array(JSON.text(ofRecord: record, pretty: true).utf8) + [0x0A], as: metrics)
    try folder.commit()
  }

  /// The member that marks a file as that of a report.
  private struct Claim: Decodable {
    var format: String
  }

  private func write(_ bytes: [UInt8], as name: String) throws(FileError) {
    do throws(FileError) {
      let file = try AtomicFile(path: folder.path(of: name))
      try file.append(bytes.rawBytes)
      try file.commit()
    } catch {
      throw folder.named(error)
    }
  }
}
