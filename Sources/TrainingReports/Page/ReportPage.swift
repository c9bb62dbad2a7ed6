import Charts
import Datasets
import ImageInput
import Metrics
import Training

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A report as one HTML page that needs nothing else: style, charts and images are within it, and it runs no script.
struct ReportPage {
  private let content: ReportContent
  private var body = ""

  /// The most pixels of the longer side of an image.
  private static let side = 128

  /// - Parameter content: texts of it may be anything; all are escaped here.
  init(_ content: ReportContent) {
    self.content = content
    addHead()
    addCurves()
    addEpochs()
    addClasses()
    addMistakes()
    addOptions()
  }

  var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
    <title>Training of \(Markup.escaped(content.outline.architecture))</title>
    <style>
    \(ReportStyle.text)
    </style>
    </head>
    <body>
    <main>
    \(body)</main>
    </body>
    </html>

    """
  }

  // MARK: Sections

  private mutating func addHead() {
    let outline = content.outline
    body += "<h1>Training of \(Markup.escaped(outline.architecture))</h1>\n"
    body += "<p class=\"summary\">\(Markup.escaped(content.summary))</p>\n<dl class=\"figures\">\n"
    if let validation = content.bestEpoch?.validation {
      addMetric("top-1", NumberText.percent(validation.top1))
      if let top5 = validation.top5 { addMetric("top-5", NumberText.percent(top5)) }
      addMetric("validation loss", NumberText.short(validation.loss))
    } else if let last = content.records.last {
      addMetric("training accuracy", NumberText.percent(last.accuracy))
      addMetric("training loss", NumberText.short(last.loss))
    }
    addMetric("epochs", "\(content.records.last?.epoch ?? 0)")
    addMetric("classes", NumberText.grouped(outline.labels.count))
    addMetric("training images", NumberText.grouped(outline.trainingImages))
    addMetric("time", Self.duration(content.seconds))
    body += "</dl>\n"
    for notice in content.notices { body += "<p class=\"notice\">\(Markup.escaped(notice))</p>\n" }
  }

  private mutating func addMetric(_ name: String, _ value: String) {
    body += "<div><dt>\(name)</dt><dd>\(value)</dd></div>\n"
  }

  private mutating func addCurves() {
    guard !content.records.isEmpty else { return }
    body += "<h2>Curves</h2>\n"
    for chart in content.curves { body += "<figure>\n\(chart.svg())</figure>\n" }
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
    body += "<details><summary>Figures of each epoch</summary>\n"
    addTable(
      ["epoch", "loss", "accuracy", "validation loss", "validation accuracy", "learning rate", "time"],
      rows, texts: [0])
    body += "</details>\n"
  }

  private mutating func addClasses() {
    guard let best = content.best else { return }
    body += "<h2>Classes</h2>\n"
    if let map = content.confusionMap { body += "<figure class=\"wide\">\n\(map.svg())</figure>\n" }
    let confusions = best.confusion.mostFrequentConfusions(20)
    if !confusions.isEmpty {
      body += "<h3>Most frequent confusions</h3>\n"
      addTable(
        ["class", "called", "images", "of the class"],
        confusions.map {
          let support = content.classMetrics[$0.label].support
          return [
            content.name($0.label), content.name($0.predicted), NumberText.grouped($0.count),
            NumberText.percent(Double($0.count) / Double(max(1, support))),
          ]
        }, texts: [0, 1])
    }
    body += "<h3>Precision, recall and F1</h3>\n"
    if let bars = content.classBars { body += "<figure>\n\(bars.svg())</figure>\n" }
    addTable(
      ["class", "images", "precision", "recall", "F1"],
      content.classMetrics.map { metrics in
        [metrics.label, NumberText.grouped(metrics.support)]
          + [metrics.precision, metrics.recall, metrics.f1].map { $0.map { NumberText.percent($0) } ?? "–" }
      }, texts: [0])
  }

  private mutating func addMistakes() {
    guard let best = content.best else { return }
    body += "<h2>Most confident mistakes</h2>\n"
    guard !content.mistakes.isEmpty else {
      body += "<p>\(best.answers.isEmpty ? "No answers were kept." : "There are none.")</p>\n"
      return
    }
    body += "<div class=\"images\">\n"
    for answer in content.mistakes {
      let name = Markup.escaped(answer.source.description)
      let end = answer.source.description.split(separator: "/").suffix(2).joined(separator: "/")
      let (label, called) = (
        Markup.escaped(content.name(answer.label)), Markup.escaped(content.name(answer.predicted))
      )
      body += "<figure>"
      if let png = try? answer.source.thumbnail(side: Self.side).png() {
        body += "<img alt=\"\(label), called \(called)\" src=\"data:image/png;base64,"
        body += Data(png).base64EncodedString() + "\"/>"
      } else {
        body += "<span class=\"missing\">cannot be read any more</span>"
      }
      body += "<figcaption><b>\(called)</b> \(NumberText.percent(Double(answer.probability)))<br/>"
      body += "is \(label)<br/><small title=\"\(name)\">\(Markup.escaped(end))</small></figcaption>"
      body += "</figure>\n"
    }
    body += "</div>\n"
  }

  private mutating func addOptions() {
    let outline = content.outline
    body += "<h2>How it was trained</h2>\n"
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
    rows += outline.options.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
    addTable(["", ""], rows, texts: [0, 1])
  }

  // MARK: Parts

  /// - Parameter texts: the columns that hold text; the others hold numbers and end at the right.
  private mutating func addTable(_ head: [String], _ rows: [[String]], texts: Set<Int>) {
    func row(_ cells: [String], _ name: String) -> String {
      let written = cells.enumerated().map { column, cell in
        "<\(name)\(texts.contains(column) ? " class=\"text\"" : "")>\(Markup.escaped(cell))</\(name)>"
      }
      return "<tr>" + written.joined() + "</tr>\n"
    }
    body += "<div class=\"wide\"><table>\n"
    if head.contains(where: { !$0.isEmpty }) { body += "<thead>\(row(head, "th"))</thead>\n" }
    body += "<tbody>\n" + rows.map { row($0, "td") }.joined() + "</tbody></table></div>\n"
  }

  private static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "–" }
    if seconds < 60 { return NumberText.fixed(seconds, decimals: 1) + " s" }
    let minutes = Int(seconds / 60)
    return minutes < 60
      ? "\(minutes) min \(Int(seconds) % 60) s" : "\(minutes / 60) h \(minutes % 60) min"
  }
}
