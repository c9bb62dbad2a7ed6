extension String {
  /// The same JSON with hidden characters as escapes: encoders leave all but the first 32 as they are, and a terminal may obey them.
  package var escapingHiddenInJSON: String {
    guard !utf8.allSatisfy({ $0 < 0x7F }) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      guard scalar.isHidden, scalar != "\n" else { return text.unicodeScalars.append(scalar) }
      for unit in UTF16.encode(scalar) ?? .init() {
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
  }
}
