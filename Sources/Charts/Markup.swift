import Messages

/// Text as XML and HTML take it.
package enum Markup {
  /// The text with the five marks of markup escaped, and hidden characters spelt out, such as controls and marks of direction. What
  /// XML 1.0 (§2.2) does not allow besides becomes U+FFFD.
  ///
  /// - Complexity: linear in the text.
  package static func escaped(_ text: String) -> String {
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for scalar in text.printableLines.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      case "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
