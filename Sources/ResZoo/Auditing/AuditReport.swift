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
  private static let lines = "findings.jsonl"
  private static let table = "findings.csv"

  /// The names of the files in the folder.
  package static let names = ["index.html", "audit.json", lines, table]

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
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier audit.
  package init(folder path: String) throws(FileError) {
    folder = try ReportFolder(
      path: path, metrics: "audit.json", more: [Self.lines, Self.table], kind: "audit", format: Self.format)
  }

  /// True if the table in a folder may have actions, which somebody wrote into it: it has some, or is none any more that can be read.
  package static func hasActions(inFolder path: String) -> Bool {
    guard FileIdentity(path: path + "/" + Self.table) != nil else { return false }
    guard var table = try? CSVTable(path: path + "/" + Self.table, needing: "input"),
      let action = table.column("action")
    else { return true }
    do {
      while let row = try table.next() {
        if !row.fields[action].isEmpty { return true }
      }
      return false
    } catch {
      return true
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
      metrics: AuditRecord(audit, model: subject.model, notices: subject.notices),
      more: [(Self.lines, Array(lines.utf8)), (Self.table, Array(table.utf8))])
  }
}
