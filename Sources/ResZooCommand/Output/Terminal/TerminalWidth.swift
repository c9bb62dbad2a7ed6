import Files
import Platform

/// The columns of a terminal.
enum TerminalWidth {
  /// The columns that a line may take: the terminal's own, or fewer where the environment's `COLUMNS` says so.
  static func columns(of descriptor: Int32) -> Int {
    let wished = environment("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    var size = winsize()
    let isKnown = unsafe ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? min(Int(size.ws_col), wished ?? .max) : wished ?? 80
  }
}

extension Unicode.Scalar {
  /// The columns that terminals give the scalar: none for marks, two for East Asian characters and emoji.
  var columns: Int {
    if value < 0x300 { return 1 }
    switch properties.generalCategory {
    case .nonspacingMark, .enclosingMark, .format: return 0
    default: break
    }
    return Self.wide.contains { $0.contains(value) } || properties.isEmojiPresentation ? 2 : 1
  }

  /// The blocks whose characters are wide or full-width in Unicode's EastAsianWidth.txt.
  private static let wide: [ClosedRange<UInt32>] = [
    0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
    0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F200...0x1F2FF, 0x1F300...0x1F64F,
    0x1F900...0x1F9FF, 0x20000...0x3FFFD,
  ]
}

extension String {
  /// The columns that terminals give the text.
  var columns: Int { unicodeScalars.reduce(0) { $0 + $1.columns } }

  /// The beginning of the text that has room in so many columns, with an ellipsis where something is missing.
  func cut(to limit: Int) -> String {
    guard columns > limit else { return self }
    guard limit > 0 else { return "" }
    var text = String.UnicodeScalarView()
    var used = 0
    for scalar in unicodeScalars {
      guard used + scalar.columns < limit else { break }
      used += scalar.columns
      text.append(scalar)
    }
    return String(text) + "…"
  }
}

/// Joins parts of a text to lines of at most so many columns, the later ones indented by two. Nothing is cut: a part that is longer
/// has a line of its own.
func wrapped(_ parts: [String], separator: String, columns: Int) -> String {
  var lines: [String] = []
  var line = ""
  for (index, part) in parts.enumerated() {
    let ended = index < parts.count - 1 ? part + separator.trimmedEnd : part
    if line.isEmpty {
      line = ended
    } else if line.columns + separator.trimmedStart.columns + ended.columns <= columns {
      line += separator.trimmedStart + ended
    } else {
      lines.append(line)
      line = "  " + ended
    }
  }
  return (lines + [line]).joined(separator: "\n")
}

extension String {
  /// The text without its blanks at the end: the half of a separator that stays at the end of a line.
  fileprivate var trimmedEnd: String { String(prefix { $0 != " " }) }

  /// The blanks at the end of the text.
  fileprivate var trimmedStart: String { String(drop { $0 != " " }) }
}
