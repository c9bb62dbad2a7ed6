import Charts

/// SVG in the making: elements in the order in which they are painted.
struct SVGCanvas {
  private var body = ""

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, style: String, radius: Double = 4, tip: String? = nil
  ) {
    let attributes =
      "x=\"\(x.place)\" y=\"\(y.place)\" width=\"\(width.place)\" height=\"\(height.place)\" "
      + "rx=\"\(radius.place)\" class=\"\(style)\""
    if let tip {
      body += "<rect \(attributes)><title>\(Markup.escaped(tip))</title></rect>\n"
    } else {
      body += "<rect \(attributes)/>\n"
    }
  }

  /// - Parameter data: in the language of SVG's paths.
  mutating func path(_ data: String, style: String) {
    body += "<path d=\"\(data)\" class=\"\(style)\"/>\n"
  }

  mutating func dot(x: Double, y: Double) {
    body += "<circle cx=\"\(x.place)\" cy=\"\(y.place)\" r=\"2.5\" class=\"dot\"/>\n"
  }

  /// - Parameter anchor: `start`, `middle` or `end`.
  mutating func text(_ text: String, x: Double, y: Double, style: String, anchor: String = "start") {
    body +=
      "<text x=\"\(x.place)\" y=\"\(y.place)\" text-anchor=\"\(anchor)\" class=\"\(style)\">"
      + "\(Markup.escaped(text))</text>\n"
  }

  /// The finished document.
  func document(width: Double, height: Double, title: String, styleSheet: String) -> String {
    """
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width.place) \(height.place)" \
    width="\(width.place)" height="\(height.place)" role="img">
    <title>\(Markup.escaped(title))</title>
    <style>\(styleSheet)</style>
    <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
    <path d="M0 1 8 4 0 7z" fill="#5b6470"/></marker></defs>
    <rect width="\(width.place)" height="\(height.place)" fill="#ffffff"/>
    \(body)</svg>

    """
  }
}

extension Double {
  /// A coordinate with at most one decimal.
  var place: String {
    let tenths = Int((self * 10).rounded())
    let (whole, rest) = (abs(tenths) / 10, abs(tenths) % 10)
    return (tenths < 0 ? "-" : "") + "\(whole)" + (rest == 0 ? "" : ".\(rest)")
  }
}
