/// About how wide text is in a sans-serif font; nobody knows the font that a chart will be shown in.
enum TextWidth {
  /// In multiples of the font's size.
  static func ems(_ text: some StringProtocol) -> Double {
    text.reduce(0) { $0 + ems($1) }
  }

  private static func ems(_ character: Character) -> Double {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    return switch scalar {
    case "i", "j", "l", "I", "t", "f", "r", " ", ".", ",", ":", ";", "'", "|", "!", "(", ")", "-": 0.36
    case "m", "w", "M", "W", "%", "@": 0.9
    case "A"..."Z": 0.68
    case "\u{1100}"...: 1.05
    default: 0.58
    }
  }

  /// The text, cut and ended with an ellipsis where it is wider than `limit`.
  static func shortened(_ text: String, ems limit: Double) -> String {
    guard ems(text) > limit else { return text }
    var width = 1.0
    var kept = ""
    for character in text {
      width += ems(character)
      guard width <= limit else { break }
      kept.append(character)
    }
    return kept + "…"
  }
}
