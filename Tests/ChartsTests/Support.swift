import Foundation
import Testing

#if canImport(FoundationXML)
import FoundationXML
#endif

/// What an XML parser finds in a chart.
final class ParsedChart: NSObject, XMLParserDelegate {
  private(set) var elements: [(name: String, attributes: [String: String])] = []
  /// Texts by the element that they stand in.
  private(set) var texts: [String: [String]] = [:]
  private var open: [String] = []
  private var pending = ""

  init(_ svg: String) throws {
    super.init()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = self
    try #require(parser.parse(), "not well formed: \(String(describing: parser.parserError))")
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    elements.append((name, attributes))
    open.append(name)
    pending = ""
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { pending += text }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    texts[name, default: []].append(pending)
    pending = ""
    open.removeLast()
  }

  func count(_ name: String) -> Int { elements.filter { $0.name == name }.count }

  /// No number in any attribute is missing, infinite, or far outside the image.
  var placesAreSane: Bool {
    elements.allSatisfy { element in
      ["x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "width", "height"].allSatisfy { name in
        guard let text = element.attributes[name] else { return true }
        guard let value = Double(text) else { return false }
        return (-1...20_000).contains(value)
      }
    }
  }
}
