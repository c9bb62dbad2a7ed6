import Charts
package import Datasets
import ImageInput

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A report as one HTML page that needs nothing else: style, charts and images are within it, and it runs no script. Texts may be anything;
/// all are escaped here.
package struct ReportDocument {
  private let title: String
  private var body = ""

  /// The most pixels of the longer side of an image.
  private static let side = 128

  /// A page with a title, which is its first heading too.
  package init(title: String) {
    self.title = title
    add("h1", title)
  }

  /// The whole page.
  package var html: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"/>
    <title>\(Self.escaped(title))</title>
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

  /// Adds the heading of a section.
  package mutating func addSection(_ title: String) { add("h2", title) }

  /// Adds the heading of a part of a section.
  package mutating func addPart(_ title: String) { add("h3", title) }

  /// Adds a paragraph.
  package mutating func addText(_ text: String) { add("p", text) }

  /// Adds the sentence or two that say it all.
  package mutating func addSummary(_ text: String) {
    body += "<p class=\"summary\">\(Self.escaped(text))</p>\n"
  }

  /// Adds a remark that must be seen.
  package mutating func addNotice(_ text: String) {
    body += "<p class=\"notice\">\(Self.escaped(text))</p>\n"
  }

  /// Adds the most important numbers with their names, in a row.
  package mutating func addFigures(_ figures: [(name: String, value: String)]) {
    body += "<dl class=\"figures\">\n"
    for (name, value) in figures {
      body += "<div><dt>\(Self.escaped(name))</dt><dd>\(Self.escaped(value))</dd></div>\n"
    }
    body += "</dl>\n"
  }

  /// The widths at which charts are drawn, in pixels: as wide as the text of the page, and for the width of a phone.
  private static let chartWidths = (page: 920.0, phone: 350.0)

  /// Adds a chart at two widths, of which the page shows the one that its own width has room for, so that its text is never too small.
  ///
  /// - Parameter svg: the chart's document at a width.
  package mutating func addChart(_ svg: (_ width: Double) -> String) {
    body += "<figure>\n<div class=\"page\">\(svg(Self.chartWidths.page))</div>\n"
    body += "<div class=\"phone\">\(svg(Self.chartWidths.phone))</div></figure>\n"
  }

  /// Adds a chart of one size.
  ///
  /// - Parameters:
  ///   - svg: the chart's document.
  ///   - isWide: true for a chart that keeps its size, and is scrolled where the page is narrower.
  package mutating func addChart(_ svg: String, isWide: Bool = false) {
    body += "<figure\(isWide ? " class=\"wide\"" : "")>\n\(svg)</figure>\n"
  }

  /// Adds a table that is scrolled where the page is narrower.
  ///
  /// - Parameters:
  ///   - head: the names of the columns; none is written if all are empty.
  ///   - texts: the columns that hold text; the others hold numbers and end at the right.
  ///   - summary: the line that opens the table where it is folded; nil where it is always seen.
  package mutating func addTable(
    _ head: [String], _ rows: [[String]], texts: Set<Int>, summary: String? = nil
  ) {
    func row(_ cells: [String], _ name: String) -> String {
      let written = cells.enumerated().map { column, cell in
        "<\(name)\(texts.contains(column) ? " class=\"text\"" : "")>\(Self.escaped(cell))</\(name)>"
      }
      return "<tr>" + written.joined() + "</tr>\n"
    }
    if let summary { body += "<details><summary>\(Self.escaped(summary))</summary>\n" }
    body += "<div class=\"wide\"><table>\n"
    if head.contains(where: { !$0.isEmpty }) { body += "<thead>\(row(head, "th"))</thead>\n" }
    body += "<tbody>\n" + rows.map { row($0, "td") }.joined() + "</tbody></table></div>\n"
    if summary != nil { body += "</details>\n" }
  }

  /// Adds an image with a line below it.
  ///
  /// - Parameter png: a whole PNG file.
  package mutating func addImage(png: [UInt8], caption: String) {
    let caption = Self.escaped(caption)
    body += "<figure class=\"picture\"><img alt=\"\(caption)\" src=\"data:image/png;base64,"
    body += Data(png).base64EncodedString() + "\"/><figcaption>\(caption)</figcaption></figure>\n"
  }

  /// An image to which a network gave a wrong answer.
  package struct Mistake {
    package var source: ImageSource
    /// The image's own class.
    package var label: String
    /// The answer.
    package var called: String
    /// The probability of the answer.
    package var probability: Double
    /// A drawing of what the answer rests on, a PNG file; nil for none.
    package var explanation: [UInt8]?

    package init(
      source: ImageSource, label: String, called: String, probability: Double, explanation: [UInt8]? = nil
    ) {
      self.source = source
      self.label = label
      self.called = called
      self.probability = probability
      self.explanation = explanation
    }
  }

  /// Adds wrong answers with their images.
  package mutating func addMistakes(_ mistakes: [Mistake]) {
    body += "<div class=\"images\">\n"
    for mistake in mistakes { addMistake(mistake) }
    body += "</div>\n"
  }

  private mutating func addMistake(_ mistake: Mistake) {
    let name = Self.escaped(mistake.source.description)
    let end = mistake.source.description.split(separator: "/").suffix(2).joined(separator: "/")
    let (label, called) = (Self.escaped(mistake.label), Self.escaped(mistake.called))
    body += "<figure>"
    if let png = try? mistake.source.thumbnail(side: Self.side).png() {
      body += "<img alt=\"\(label), called \(called)\" src=\"data:image/png;base64,"
      body += Data(png).base64EncodedString() + "\"/>"
    } else {
      body += "<span class=\"missing\">cannot be read any more</span>"
    }
    if let png = mistake.explanation {
      body += "<img alt=\"what the answer rests on\" src=\"data:image/png;base64,"
      body += Data(png).base64EncodedString() + "\"/>"
    }
    body += "<figcaption><b>\(called)</b> \(NumberText.percent(mistake.probability))<br/>"
    body += "is \(label)<br/><small title=\"\(name)\">\(Self.escaped(end))</small></figcaption>"
    body += "</figure>\n"
  }

  /// Adds what is HTML already.
  mutating func add(markup: String) { body += markup }

  private static func escaped(_ text: String) -> String { Markup.escaped(text) }

  private mutating func add(_ name: String, _ text: String) {
    body += "<\(name)>\(Self.escaped(text))</\(name)>\n"
  }
}
