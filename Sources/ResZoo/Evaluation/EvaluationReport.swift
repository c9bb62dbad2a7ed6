import Datasets
package import Files
import Reports

/// Writes a folder with a page about an evaluation, `index.html`, which needs no other file, and all of its metrics, `report.json`.
package struct EvaluationReport {
  private let folder: ReportFolder

  private static let format = "reszoo evaluation report"

  /// The facts about an evaluation that it does not know itself.
  package struct Subject {
    /// The path or the name of the model.
    package var model: String
    /// The path of the data set.
    package var dataset: String
    /// The numbers of likeliest classes whose accuracy is listed.
    package var topCounts: [Int]
    /// Remarks that a reader must know.
    package var notices: [String]
    /// Drawings of what the mistakes rest on; nil if none are wanted.
    package var explanations: MistakeExplanations?

    package init(
      model: String, dataset: String, topCounts: [Int], notices: [String],
      explanations: MistakeExplanations? = nil
    ) {
      self.explanations = explanations
      self.model = model
      self.dataset = dataset
      self.topCounts = topCounts
      self.notices = notices
    }
  }

  /// Makes sure that the folder can be written at the end.
  ///
  /// - Throws: ``FileError`` when it cannot be written, or holds something else than an earlier report of an evaluation.
  package init(folder path: String) throws(FileError) {
    folder = try ReportFolder(path: path, kind: "report of an evaluation", format: Self.format)
  }

  /// Writes the report.
  ///
  /// - Throws: ``FileError``.
  package func write(_ evaluation: Evaluation, by classifier: Classifier, of subject: Subject) throws {
    let page = EvaluationPage(evaluation, by: classifier, of: subject)
    let content = Content(
      format: Self.format, model: subject.model, dataset: subject.dataset,
      evaluation: EvaluationRecord(evaluation, by: classifier, topCounts: subject.topCounts),
      mistakes: evaluation.mistakes.map {
        Mistake(
          input: $0.source.description, label: $0.label, called: $0.called, probability: $0.probability)
      }, notices: subject.notices)
    try folder.write(html: page.html, metrics: content)
  }

  private struct Mistake: Encodable {
    var input: String
    var label: String
    var called: String
    var probability: Double
  }

  /// The content of `report.json`.
  private struct Content: Encodable {
    var format: String
    var version = 1
    var model: String
    var dataset: String
    var evaluation: EvaluationRecord
    var mistakes: [Mistake]
    var notices: [String]
  }
}
