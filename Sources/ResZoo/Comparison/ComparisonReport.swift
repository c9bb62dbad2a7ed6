package import Files
import ModelDescriptor
import Reports

/// Writes a folder with a page about a comparison, `index.html`, which needs no other file, and all of its figures, `report.json`.
package struct ComparisonReport {
  private let folder: ReportFolder

  private static let format = "reszoo comparison report"

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameter path: the folder; its parent folder exists.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier report of a comparison.
  package init(folder path: String) throws(FileError) {
    folder = try ReportFolder(path: path, kind: "report of a comparison", format: Self.format)
  }

  /// Writes the report.
  ///
  /// - Parameters:
  ///   - comparison: one image at least.
  ///   - record: its figures.
  ///   - dataset: the path of the data set.
  ///   - notices: remarks that a reader must know.
  /// - Throws: ``FileError``.
  package func write(
    _ comparison: ModelComparison, _ record: ComparisonRecord, dataset: String, notices: [String]
  ) throws {
    let page = ComparisonPage(comparison, record, dataset: dataset, notices: notices)
    try folder.write(
      html: page.html,
      record: Content(format: Self.format, dataset: dataset, comparison: record, notices: notices))
  }

  /// The content of `report.json`.
  private struct Content: Encodable {
    var format: String
    var version = 1
    var dataset: String
    var comparison: ComparisonRecord
    var notices: [String]
  }
}
