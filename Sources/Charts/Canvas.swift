/// SVG in the making: elements in the order in which they are painted.
struct Canvas {
  enum Anchor: String {
    case start
    case middle
    case end
  }

  private var body = ""

  /// Adds an element; its attributes' values and its content are escaped here.
  ///
  /// - Parameter tip: what is shown when the pointer rests on it.
  mutating func add(
    _ name: String, _ attributes: KeyValuePairs<String, String>, content: String = "", tip: String? = nil
  ) {
    body += "<\(name)"
    for (key, value) in attributes { body += " \(key)=\"\(Markup.escaped(value))\"" }
    if content.isEmpty, tip == nil {
      body += "/>\n"
    } else {
      let tip = tip.map { "<title>\(Markup.escaped($0))</title>" } ?? ""
      body += ">\(tip)\(Markup.escaped(content))</\(name)>\n"
    }
  }

  mutating func line(_ from: (x: Double, y: Double), _ to: (x: Double, y: Double), style: String) {
    add("line", ["x1": from.x.place, "y1": from.y.place, "x2": to.x.place, "y2": to.y.place, "class": style])
  }

  /// - Parameter turn: degrees clockwise around the anchor.
  mutating func text(
    _ content: String, at point: (x: Double, y: Double), size: Double = 12, anchor: Anchor = .start,
    style: String = "rz-ink", turn: Double = 0, tip: String? = nil
  ) {
    let (x, y) = (point.x.place, point.y.place)
    if turn == 0 {
      add(
        "text",
        ["x": x, "y": y, "font-size": size.place, "text-anchor": anchor.rawValue, "class": style],
        content: content, tip: tip)
    } else {
      add(
        "text",
        [
          "x": x, "y": y, "font-size": size.place, "text-anchor": anchor.rawValue, "class": style,
          "transform": "rotate(\(turn.place) \(x) \(y))",
        ], content: content, tip: tip)
    }
  }

  /// Text that is cut where it is wider than `width`; the whole is shown when the pointer rests on it.
  mutating func label(
    _ content: String, at point: (x: Double, y: Double), width: Double, size: Double = 12,
    anchor: Anchor = .start, style: String = "rz-ink", turn: Double = 0
  ) {
    let cut = TextWidth.shortened(content, ems: width / size)
    text(
      cut, at: point, size: size, anchor: anchor, style: style, turn: turn,
      tip: cut == content ? nil : content
    )
  }

  /// The finished image.
  ///
  /// - Parameters:
  ///   - title: what the image is, for those who do not see it.
  ///   - description: what can be seen in it.
  func svg(width: Double, height: Double, title: String, description: String) -> String {
    let (width, height) = (width.place, height.place)
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" \
      role="img">
      <title>\(Markup.escaped(title))</title>
      <desc>\(Markup.escaped(description))</desc>
      <style>\(StyleSheet.text)</style>
      <rect width="\(width)" height="\(height)" class="rz-paper"/>
      \(body)</svg>

      """
  }
}

extension Double {
  /// A length or position as an attribute's value.
  var place: String { NumberText.trimmed(NumberText.fixed(self, decimals: 2)) }
}
