import Charts
import Datasets
import Files
import ImageInput
import Metrics
import ModelDescriptor
import Reports

/// The page about an evaluation.
struct EvaluationPage {
  private let evaluation: Evaluation
  private let classifier: Classifier
  private let subject: EvaluationReport.Subject
  private var document: ReportDocument

  /// The most images without an answer that are listed.
  private static let errorLimit = 50
  /// The classes of the lowest F1 that are listed where there are many.
  private static let worstLimit = 10

  init(_ evaluation: Evaluation, by classifier: Classifier, of subject: EvaluationReport.Subject) {
    self.evaluation = evaluation
    self.classifier = classifier
    self.subject = subject
    let model = subject.model.lastPathPart
    document = ReportDocument(title: "Evaluation of \(model)")
    addHead()
    addErrors()
    if evaluation.multiLabel == nil { addClasses() } else { addMultiLabelClasses() }
    addMistakes()
    addCircumstances()
  }

  var html: String { document.html }

  private mutating func addHead() {
    let right = evaluation.multiLabel == nil ? "right" : "with all classes right"
    let share = evaluation.images > 0 ? Double(evaluation.correct) / Double(evaluation.images) : 0
    document.addSummary(
      "\(NumberText.grouped(evaluation.correct)) of \(NumberText.grouped(evaluation.images)) images \(right) "
        + "(\(NumberText.percent(share))).")
    document.addFigures(EvaluationFigures(evaluation, topCounts: subject.topCounts).all)
    for notice in subject.notices { document.addNotice(notice) }
  }

  private mutating func addErrors() {
    guard !evaluation.errors.isEmpty else { return }
    let count = evaluation.errors.count
    document.addNotice(
      count == 1
        ? "1 image has no answer and counts nowhere."
        : "\(NumberText.grouped(count)) images have no answer and count nowhere.")
    document.addTable(
      ["image", "error"], evaluation.errors.prefix(Self.errorLimit).map { [$0.input, $0.error] },
      texts: [0, 1],
      summary: count > Self.errorLimit ? "The first \(Self.errorLimit) of them" : "Which, and why")
  }

  private mutating func addClasses() {
    let own = Set(evaluation.indices)
    let called = Set(evaluation.confusion.nonzero.map(\.predicted))
    let others = evaluation.predictedLabels.indices.filter { column in
      !own.contains(column) && called.contains(column)
    }
    let columns = evaluation.indices + others
    addWorst(
      evaluation.classMetrics.filter { $0.support > 0 }.map {
        ($0.label, $0.support, $0.precision, $0.recall, $0.f1)
      })
    document.addClasses(
      names: columns.map { evaluation.predictedLabels[$0] },
      confusion: evaluation.confusion.square(columns: columns),
      metrics: evaluation.classMetrics)
  }

  private mutating func addMultiLabelClasses() {
    let classes = evaluation.multiLabelClassMetrics
    addWorst(classes.filter { $0.support > 0 }.map { ($0.label, $0.support, $0.precision, $0.recall, $0.f1) })
    document.addSection("Classes")
    document.addBars(classes.map { ($0.label, $0.precision, $0.recall) })
    document.addTable(
      ["class", "images", "predicted", "precision", "recall", "F1", "average precision", "ROC AUC"],
      classes.map { one in
        [one.label, NumberText.grouped(one.support), NumberText.grouped(one.predicted)]
          + [one.precision, one.recall, one.f1, one.averagePrecision, one.rocArea].map(Self.percent)
      }, texts: [0])
  }

  private mutating func addWorst(
    _ classes: [(label: String, support: Int, precision: Double?, recall: Double?, f1: Double?)]
  ) {
    guard classes.count > Self.worstLimit else { return }
    document.addSection("Worst classes")
    let sorted = classes.enumerated().sorted {
      ($0.element.f1 ?? 0, $0.offset) < ($1.element.f1 ?? 0, $1.offset)
    }
    document.addTable(
      ["class", "images", "precision", "recall", "F1"],
      sorted.prefix(Self.worstLimit).map { _, one in
        [one.label, NumberText.grouped(one.support)] + [one.precision, one.recall, one.f1].map(Self.percent)
      }, texts: [0])
  }

  private mutating func addMistakes() {
    document.addSection("Most confident mistakes")
    guard !evaluation.mistakes.isEmpty else { return document.addText("There are none.") }
    if let explanations = subject.explanations { document.addText(explanations.meaning) }
    document.addMistakes(
      evaluation.mistakes.enumerated().map { place, mistake in
        ReportDocument.Mistake(
          source: mistake.source, label: mistake.label, called: mistake.called,
          probability: mistake.probability, explanation: subject.explanations?.drawings[place])
      })
  }

  private mutating func addCircumstances() {
    document.addSection("How it was evaluated")
    let architecture = classifier.descriptor.architecture
    var rows = [
      ["model", subject.model], ["data set", subject.dataset],
      ["images", NumberText.grouped(evaluation.images + evaluation.errors.count)],
      ["classes of the data set", NumberText.grouped(evaluation.labels.count)],
      ["classes of the model", NumberText.grouped(architecture.classes)],
      ["EXIF orientation", classifier.preprocessing.exif.rawValue],
      ["views of an image", classifier.augmentation?.rawValue ?? "one"],
    ]
    if evaluation.answer != .one { rows.append(["threshold", "\(evaluation.threshold)"]) }
    document.addTable(["", ""], rows, texts: [0, 1])
  }

  private static func percent(_ share: Double?) -> String { share.map { NumberText.percent($0) } ?? "–" }
}
