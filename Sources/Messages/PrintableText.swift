extension String {
  /// The text with its control characters spelt out as `\u{1b}`, so that a name from a file cannot steer a terminal or begin a
  /// line of its own.
  package var printable: String { spellingOutControls { _ in false } }

  /// The text with its control characters spelt out but for line feeds.
  package var printableLines: String { spellingOutControls { $0 == "\n" } }

  private func spellingOutControls(except isKept: (Unicode.Scalar) -> Bool) -> String {
    func isSpeltOut(_ scalar: Unicode.Scalar) -> Bool {
      scalar.properties.generalCategory == .control && !isKept(scalar)
    }
    guard unicodeScalars.contains(where: isSpeltOut) else { return self }
    return unicodeScalars.reduce(into: "") { text, scalar in
      if isSpeltOut(scalar) {
        text += "\\u{" + String(scalar.value, radix: 16) + "}"
      } else {
        text.unicodeScalars.append(scalar)
      }
    }
  }
}
