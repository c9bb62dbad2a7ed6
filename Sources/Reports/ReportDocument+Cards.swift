import Charts
package import Datasets
import ImageInput

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ReportDocument {
  /// An image with what is said of it.
  package struct Card {
    package var source: ImageSource
    /// The words above all others.
    package var head: String
    /// More lines.
    package var lines: [String]

    package init(source: ImageSource, head: String, lines: [String]) {
      self.source = source
      self.head = head
      self.lines = lines
    }
  }

  /// The most pixels of the longer side of a card's image.
  private static let cardSide = 112

  /// Adds images with what is said of each, in rows.
  package mutating func addCards(_ cards: [Card]) {
    var text = "<div class=\"images\">\n"
    for card in cards {
      let name = Markup.escaped(card.source.description)
      let end = card.source.description.split(separator: "/").suffix(3).joined(separator: "/")
      text += "<figure>"
      if let png = try? card.source.thumbnail(side: Self.cardSide).png() {
        text += "<img alt=\"\(Markup.escaped(card.head))\" loading=\"lazy\" src=\"data:image/png;base64,"
        text += Data(png).base64EncodedString() + "\"/>"
      } else {
        text += "<span class=\"missing\">cannot be shown</span>"
      }
      text += "<figcaption><b>\(Markup.escaped(card.head))</b><br/>"
      text += card.lines.map { Markup.escaped($0) + "<br/>" }.joined()
      text += "<small title=\"\(name)\">\(Markup.escaped(end))</small></figcaption></figure>\n"
    }
    add(markup: text + "</div>\n")
  }
}
