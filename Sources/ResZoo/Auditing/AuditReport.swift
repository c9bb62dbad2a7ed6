import Datasets
package import Files
import ModelDescriptor
import Reports
import TensorCore

/// Writes a folder about an audit: a page to look through, `index.html`, all findings as `findings.jsonl` and `findings.csv`, and what was
/// audited, `audit.json`.
package struct AuditReport {
  private let folder: ReportFolder

  static let format = "reszoo audit"
  private static let record = "audit.json"
  private static let lines = "findings.jsonl"
  private static let table = "findings.csv"

  /// The names of the files in the folder.
  package static let names = ["index.html", record, lines, table]

  /// The facts about an audit that it does not know itself.
  package struct Subject {
    /// The path or the name of the model; nil without one.
    package var model: String?
    /// Remarks that a reader must know.
    package var notices: [String]
    /// The most findings of a kind that the page shows.
    package var shown: Int
    /// A sentence on how to act on the findings; nil for none.
    package var advice: String?

    package init(model: String?, notices: [String], shown: Int, advice: String? = nil) {
      self.model = model
      self.notices = notices
      self.shown = shown
      self.advice = advice
    }
  }

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameter replacesChanged: true to replace an earlier report into whose table somebody wrote.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier audit.
  package init(folder path: String, replacesChanged: Bool = false) throws(FileError) {
    folder = try ReportFolder(
      path: path, metrics: Self.record, more: [Self.lines, Self.table], kind: "audit", format: Self.format
    ) { replacesChanged || !Self.isTableChanged(inFolder: $0) }
  }

  /// True if a folder has a table of findings that is not the one that an audit wrote: somebody decided in it.
  package static func isTableChanged(inFolder path: String) -> Bool {
    guard FileIdentity(path: path + "/" + table) != nil else { return false }
    guard let record = try? InputFile(path: path + "/" + record).readAll(limit: 1 << 28),
      let written = try? JSON.decode(Written.self, from: record),
      let bytes = try? InputFile(path: path + "/" + table).readAll(limit: 1 << 28)
    else { return true }
    return ImageDigest(of: bytes).text != written.table
  }

  /// The member of an earlier record by which its table is known.
  private struct Written: Decodable {
    var table: String

    enum CodingKeys: String, CodingKey {
      case table = "table_sha256"
    }
  }

  /// Writes the report.
  ///
  /// - Parameter table: the content of `findings.csv`.
  /// - Throws: ``FileError``, or `DescriptorError` for a number that JSON cannot write.
  package func write(_ audit: DatasetAudit, of subject: Subject, table: String) throws {
    var lines = ""
    for finding in audit.findings {
      lines += try JSON.text(ofRecord: FindingRecord(finding), pretty: false) + "\n"
    }
    try folder.write(
      html: AuditPage(audit, of: subject).html,
      metrics: AuditRecord(
        audit, model: subject.model, notices: subject.notices, table: ImageDigest(of: Array(table.utf8)).text),
      more: [(Self.lines, Array(lines.utf8)), (Self.table, Array(table.utf8))])
  }
}
