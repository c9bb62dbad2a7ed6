import Charts
import Metrics
import ModelDescriptor
import Reports
import Training

/// The page about a training.
struct ReportPage {
  private let content: ReportContent
  private var document: ReportDocument

  init(_ content: ReportContent) {
    self.content = content
    document = ReportDocument(title: "Training of \(content.outline.architecture)")
    addHead()
    addCurves()
    addEpochs()
    addClasses()
    addMistakes()
    addOptions()
  }

  var html: String { document.html }

  private var outline: TrainingOutline { content.outline }

  // MARK: Sections

  private mutating func addHead() {
    let outline = content.outline
    document.addSummary(content.summary)
    var figures: [(name: String, value: String)] = []
    if let validation = content.bestEpoch?.validation {
      if let precision = validation.meanAveragePrecision {
        figures.append(("mean average precision", NumberText.percent(precision)))
        if let f1 = validation.microF1 { figures.append(("F1", NumberText.percent(f1))) }
      }
      figures.append(
        (outline.answer == .several ? "all labels right" : "top-1", NumberText.percent(validation.top1)))
      if let top5 = validation.top5 { figures.append(("top-5", NumberText.percent(top5))) }
      figures.append(("validation loss", NumberText.short(validation.loss)))
    } else if let last = content.records.last {
      figures.append(("training accuracy", NumberText.percent(last.accuracy)))
      figures.append(("training loss", NumberText.short(last.loss)))
    }
    document.addFigures(
      figures + [
        ("epochs", "\(content.records.last?.epoch ?? 0)"),
        ("classes", NumberText.grouped(outline.labels.count)),
        ("training images", NumberText.grouped(outline.trainingImages)),
        ("time", Self.duration(content.seconds)),
      ])
    for notice in content.notices { document.addNotice(notice) }
  }

  private mutating func addCurves() {
    guard !content.records.isEmpty else { return }
    document.addSection("Curves")
    let content = content
    for index in content.curves(width: 920).indices {
      document.addChart { content.curves(width: $0)[index].svg() }
    }
  }

  private mutating func addEpochs() {
    guard !content.records.isEmpty else { return }
    let rows = content.records.map { record in
      [
        "\(record.epoch)" + (record.epoch == content.bestEpoch?.epoch ? " (best)" : ""),
        NumberText.short(record.loss), NumberText.percent(record.accuracy),
        record.validation.map { NumberText.short($0.loss) } ?? "–",
        record.validation.map { NumberText.percent($0.top1) } ?? "–", NumberText.short(record.learningRate),
        Self.duration(record.seconds),
      ]
    }
    document.addTable(
      ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "learning rate", "time"],
      rows, texts: [0], summary: "Figures of each epoch")
  }

  private mutating func addClasses() {
    guard let best = content.best else { return }
    guard outline.answer != .several else {
      document.addSection("Classes")
      document.addBars(best.classes.map { ($0.label, $0.precision, $0.recall) })
      return document.addTable(
        ["class", "images", "average precision", "precision", "recall", "F1"],
        best.classes.map { metrics in
          [metrics.label, NumberText.grouped(metrics.support)]
            + [metrics.averagePrecision, metrics.precision, metrics.recall, metrics.f1].map {
              $0.map { NumberText.percent($0) } ?? "–"
            }
        }, texts: [0])
    }
    document.addClasses(
      names: content.outline.labels, confusion: best.confusion, metrics: content.classMetrics)
  }

  private mutating func addMistakes() {
    guard let best = content.best, outline.answer != .several else { return }
    document.addSection("Most confident mistakes")
    guard !content.mistakes.isEmpty else {
      document.addText(best.answers.isEmpty ? "No answers were kept." : "There are none.")
      return
    }
    document.addMistakes(
      content.mistakes.map {
        ReportDocument.Mistake(
          source: $0.source, label: content.name($0.label), called: content.name($0.predicted),
          probability: Double($0.probability))
      })
  }

  private mutating func addOptions() {
    let outline = content.outline
    document.addSection("How it was trained")
    var rows = [
      ["architecture", outline.architecture],
      [
        "parameters",
        "\(NumberText.grouped(outline.trainedParameters)) of \(NumberText.grouped(outline.parameters)) trained",
      ],
      [
        "images",
        "\(NumberText.grouped(outline.trainingImages)) to train, \(NumberText.grouped(outline.validationImages)) to validate",
      ],
    ]
    if let cost = outline.frozenCost {
      rows.append([
        "frozen layers",
        """
        \(cost.precision.rawValue): features differ by \(NumberText.percent(cost.difference)) from single precision, \
        \(NumberText.short(1000 * cost.secondsPerImage)) ms an image instead of \
        \(NumberText.short(1000 * cost.referenceSecondsPerImage))
        """,
      ])
    }
    rows += outline.options.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
    document.addTable(["", ""], rows, texts: [0, 1])
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    if seconds < 60 { return NumberText.fixed(seconds, decimals: 1) + " s" }
    let minutes = Int(seconds / 60)
    return minutes < 60
      ? "\(minutes) min \(Int(seconds) % 60) s" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
