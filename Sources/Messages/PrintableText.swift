extension String {
  /// The text with the characters spelt out that a reader does not see or that steer a terminal, as `\u{1b}`: a name from a file
  /// then neither begins a line of its own nor looks like another. ``Unicode/Scalar/isHidden`` says which.
  package var printable: String { spellingOut { _ in false } }

  /// The text with hidden characters spelt out but for line feeds and tabs.
  package var printableLines: String { spellingOut { $0 == "\n" || $0 == "\t" } }

  /// The Braille pattern without dots, a letter that looks like a space.
  private static let blank: Unicode.Scalar = "\u{2800}"

  private func spellingOut(except isKept: (Unicode.Scalar) -> Bool) -> String {
    let keepsLines = isKept("\n")
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) || keepsLines && $0 == 0x0A }) { return self }
    var text = String.UnicodeScalarView()
    var before: Unicode.Scalar?
    var scalars = unicodeScalars.makeIterator()
    var next = scalars.next()
    while let scalar = next {
      next = scalars.next()
      if !scalar.isHidden && scalar != Self.blank || isKept(scalar)
        || scalar.isNeeded(between: before, and: next)
      {
        text.append(scalar)
      } else {
        text.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      }
      before = scalar
    }
    return String(text)
  }
}

extension StringProtocol {
  /// The text as a message quotes it: printable, and cut with an ellipsis behind 100 characters.
  package var excerpt: String { excerpt(of: 100) }

  /// The text in printable form, cut with an ellipsis behind so many characters.
  package func excerpt(of limit: Int) -> String {
    // Only what may be shown is looked at: the text may have a hundred million characters.
    let scalars = unicodeScalars.prefix(limit + 1)
    let text = String(String.UnicodeScalarView(scalars)).printable
    return scalars.count <= limit && text.unicodeScalars.count <= limit
      ? text : String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) + "…"
  }
}

extension Unicode.Scalar {
  /// True for a character that has no shape of its own: controls, formats (among them the marks that change the direction of text),
  /// the separators of lines and paragraphs, and what Unicode calls ignorable.
  package var isHidden: Bool {
    if (0x20..<0x7F).contains(value) { return false }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: return true
    // The signs that Arabic, Syriac and Kaithi write around numbers are formats, and seen.
    case .format: return !Self.numberSigns.contains { $0.contains(value) }
    default: return properties.isDefaultIgnorableCodePoint
    }
  }

  /// The characters of category Cf that are drawn (Prepended_Concatenation_Mark in Unicode's PropList.txt).
  private static let numberSigns: [ClosedRange<UInt32>] = [
    0x600...0x605, 0x6DD...0x6DD, 0x70F...0x70F, 0x890...0x891, 0x8E2...0x8E2, 0x110BD...0x110BD,
    0x110CD...0x110CD,
  ]

  /// True for a hidden character without which its neighbours are misspelt: a joiner or non-joiner within Persian, within the scripts of
  /// India or within an emoji, and a variation selector behind a character of a kind that has variants. Elsewhere, where they change
  /// nothing that is seen, they are spelt out.
  fileprivate func isNeeded(between before: Unicode.Scalar?, and next: Unicode.Scalar?) -> Bool {
    guard let before else { return false }
    switch value {
    case 0x200C, 0x200D:
      return before.isVirama || before.isJoining && next?.isJoining ?? false
    // A keycap is a digit, a selector and the cap.
    case 0xFE0E, 0xFE0F: return before.value >= 0x80 && before.properties.isEmoji || next?.value == 0x20E3
    case 0x180B...0x180D: return (0x1820...0x18AA).contains(before.value)
    case 0xE0100...0xE01EF: return before.properties.isIdeographic
    case 0xFE00...0xFE0D:
      return before.properties.isIdeographic || before.properties.generalCategory == .mathSymbol
        || (0x1000...0x109F).contains(before.value) || (0xA840...0xA877).contains(before.value)
    default: return false
    }
  }

  private var isVirama: Bool { properties.canonicalCombiningClass == .virama }

  /// True in scripts whose letters join or form clusters, and in emoji.
  private var isJoining: Bool {
    switch value {
    case 0x600...0x10FF, 0x1700...0x1CFF, 0xA800...0xABFF, 0x10A00...0x11FFF, 0x1E900...0x1E95F, 0xFE0F:
      return !isHidden || value == 0xFE0F
    default: return value > 0x2000 && properties.isEmoji
    }
  }
}
