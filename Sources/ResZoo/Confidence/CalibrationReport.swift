import Charts
package import Files
import Metrics
import ModelDescriptor
import Reports

/// Writes a folder with a page about a calibration, `index.html`, which needs no other file, and all of its figures, `report.json`.
package struct CalibrationReport {
  private let folder: ReportFolder

  private static let format = "reszoo calibration report"

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Parameter path: the folder; its parent folder exists.
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier report of a calibration.
  package init(folder path: String) throws(FileError) {
    folder = try ReportFolder(path: path, kind: "report of a calibration", format: Self.format)
  }

  /// Writes the report.
  ///
  /// - Parameters:
  ///   - calibration: the figures.
  ///   - options: those that it was made with.
  ///   - model: the path or the name of the model.
  ///   - dataset: the path of the data set.
  ///   - notices: remarks that a reader must know.
  /// - Throws: ``FileError``.
  package func write(
    _ calibration: ConfidenceCalibration, options: ConfidenceCalibration.Options, model: String,
    dataset: String, notices: [String]
  ) throws {
    let page = CalibrationPage(
      calibration, options: options, model: model, dataset: dataset, notices: notices)
    try folder.write(
      html: page.html,
      record: Content(
        format: Self.format, model: model, dataset: dataset,
        calibration: CalibrationRecord(calibration, options: options), notices: notices))
  }

  /// The content of `report.json`.
  private struct Content: Encodable {
    var format: String
    var version = 1
    var model: String
    var dataset: String
    var calibration: CalibrationRecord
    var notices: [String]
  }
}
