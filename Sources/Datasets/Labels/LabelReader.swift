import Messages

/// Divides the texts that a data set has for the classes of its images into the classes' names.
struct LabelReader {
  let form: LabelForm
  private var isDivided = false
  private var undivided: String?
  private static let usualSeparator = "|"

  init(_ form: LabelForm) {
    self.form = form
  }

  /// The names in a text, without blanks around them; the text itself where an image has one class.
  mutating func names(in text: String) -> [String] {
    guard case .several(let separator) = form else { return [text] }
    let parts = text.split(separator: separator ?? Self.usualSeparator).map(\.trimmed).filter { !$0.isEmpty }
    if separator == nil {
      if text.contains(Self.usualSeparator) {
        isDivided = true
      } else if undivided == nil, text.contains(where: { ",;[".contains($0) }) {
        undivided = text
      }
    }
    return parts
  }

  /// A remark on a text that may hold several names, where nothing says how they are divided; nil when there is no such text.
  var doubt: Remark? {
    guard let undivided, !isDivided else { return nil }
    return
      "'\(undivided)' may hold several labels; say what divides them with \(Remedy.labelSeparator), or '|' if it is one label"
  }
}

extension StringProtocol {
  /// The text without blanks at its ends.
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(
      start[..<(start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex)])
  }
}
