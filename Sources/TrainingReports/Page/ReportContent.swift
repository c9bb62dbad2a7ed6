import Charts
import Metrics
import ModelDescriptor
import Training

/// The content of a report: the outline, all epochs, and the answers of the network that was kept.
struct ReportContent {
  /// The most mistakes that are shown.
  static let mistakeLimit = 24

  let outline: TrainingOutline
  let records: [EpochRecord]
  let best: ValidationResult?
  let trace: StepTrace
  /// The learning rate of the steps.
  let rates: StepTrace
  let notices: [String]
  let mistakes: [ValidationResult.Answer]
  let classMetrics: [ClassMetrics]

  init(
    outline: TrainingOutline, records: [EpochRecord], best: ValidationResult?, trace: StepTrace = StepTrace(),
    rates: StepTrace = StepTrace(), notices: [String] = []
  ) {
    self.outline = outline
    self.records = records
    self.trace = trace
    self.rates = rates
    self.notices = notices
    let count = outline.labels.count
    // A matrix of another size has no labels.
    let isSquare = best.map { best in
      guard outline.answer != .several else { return best.classes.count == count }
      return best.confusion.rowCount == count && best.confusion.columnCount == count
    }
    self.best = isSquare == true ? best : nil
    mistakes = self.best?.mostConfidentMistakes(Self.mistakeLimit) ?? []
    classMetrics =
      self.best.map { outline.answer == .several ? [] : $0.confusion.classMetrics(labels: outline.labels) }
      ?? []
  }

  /// The epoch whose weights were kept; nil when nothing says which was best.
  var bestEpoch: EpochRecord? {
    records.last { $0.isBest && $0.validation != nil }
  }

  /// The label of a class.
  func name(_ index: Int) -> String {
    outline.labels.indices.contains(index) ? outline.labels[index] : "class \(index)"
  }

  /// The epoch that was kept and its metrics, in a sentence or two.
  var summary: String {
    guard let last = records.last else { return "No epoch was completed." }
    let planned = outline.epochs > last.epoch ? " (\(outline.epochs) were planned)" : ""
    guard let bestEpoch, let validation = bestEpoch.validation else {
      return
        "The weights after epoch \(last.epoch)\(planned) were kept, with a training loss of "
        + "\(NumberText.short(last.loss)). There was no validation set, so nothing says how the network does on new images."
    }
    let images = "\(NumberText.grouped(validation.images)) validation images"
    let quality =
      validation.meanAveragePrecision.map { "mean average precision \(NumberText.percent($0)) on \(images)" }
      ?? "\(NumberText.percent(validation.top1)) of \(images) right"
    let metrics = "\(quality), loss \(NumberText.short(validation.loss))"
    let which =
      bestEpoch.epoch == last.epoch
      ? "the last and best" : "the best of \(last.epoch)"
    return "The weights after epoch \(bestEpoch.epoch), \(which)\(planned), were kept: \(metrics)."
  }

  /// The wall-clock seconds of all epochs.
  var seconds: Double { records.reduce(0) { $0 + ($1.seconds.isFinite ? $1.seconds : 0) } }
}
