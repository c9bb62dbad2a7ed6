import Messages

/// Tables as text with commas (RFC 4180), one line for each row.
///
/// Hidden characters of texts are spelt out, line ends among them. A text that a spreadsheet would take for a formula gets an apostrophe before
/// it, which spreadsheets know as the sign of a text; numbers stay as they are.
struct CSVText {
  /// A field of a row.
  enum Field {
    /// A text from a file, such as a path or a label.
    case text(String)
    /// A number or a word of this program.
    case value(String)
  }

  /// True if no text gets an apostrophe.
  var isExact = false

  /// A line of fields.
  func line(_ fields: [Field]) -> String {
    fields.map { field in
      switch field {
      case .text(let text): csvField(isExact ? text.printable : Self.defused(text.printable))
      case .value(let text): csvField(text)
      }
    }.joined(separator: ",") + "\n"
  }

  /// The text with an apostrophe before it if a spreadsheet could take it for a formula, also behind blanks and quotation marks.
  private static func defused(_ text: String) -> String { isFormula(text) ? "'" + text : text }

  /// True if a spreadsheet could take a text for a formula.
  static func isFormula(_ text: String) -> Bool {
    let first = text.unicodeScalars.first {
      !$0.properties.isWhitespace && $0 != "\"" && $0 != "'"
    }
    return first.map(formulaStarts.contains) ?? false
  }

  /// The characters that formulas begin with, and their wide forms, which East Asian spreadsheets take as well. Tabs and line ends, which
  /// some skip, are spelt out before.
  private static let formulaStarts: Set<Unicode.Scalar> = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
}
