import Messages

/// The names of classes in a text: one on each line, with or without numbers before them, or a list or dictionary as Python writes it.
enum LabelText {
  /// A fault of the text in words.
  struct Fault: Error {
    var message: String
  }

  /// The names in the order of the classes.
  static func labels(_ text: String) throws(Fault) -> [String] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: isEndOfLine)
    if let line = lines.firstIndex(where: { $0.unicodeScalars.contains(where: isControl) }) {
      throw Fault(
        message:
          "line \(line + 1), '\(lines[line].excerpt(of: 40))', has a control character, which no name of a class has"
      )
    }
    return try labels(text, lines: lines.map { String($0).trimmed })
  }

  /// True for the ends of lines that editors write. Unicode has others, which are characters of a name.
  private static func isEndOfLine(_ character: Character) -> Bool {
    character == "\n" || character == "\r\n" || character == "\r"
  }

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control && scalar != "\t"
  }

  private static func labels(_ text: String, lines: [String]) throws(Fault) -> [String] {
    var lines = lines
    let trimmed = text.trimmed
    if let literal = PythonLiteral(trimmed) {
      return try literal.numbers.map { numbers throws(Fault) in try order(literal.names, by: numbers) }
        ?? literal.names
    }
    while lines.last?.isEmpty == true { lines.removeLast() }
    if let empty = lines.firstIndex(of: "") {
      throw Fault(message: "line \(empty + 1) is empty; each line is the name of a class")
    }
    if let line = lines.firstIndex(where: isPartOfList) {
      throw Fault(
        message:
          "line \(line + 1), '\(lines[line].prefix(40))', is no name of a class; give names, or a whole list of them"
      )
    }
    guard lines.isEmpty || !lines.allSatisfy({ $0.hasSuffix(",") }) else {
      throw Fault(message: "each line ends in a comma; give names alone, or a whole list of them in brackets")
    }
    return try numbered(lines) ?? afterSynsets(lines) ?? unquoted(lines)
  }

  /// True for a line that no name of a class is: a brace, or a list that does not end.
  private static func isPartOfList(_ line: String) -> Bool {
    line.hasPrefix("{") || line.hasPrefix("[") && !line.hasSuffix("]")
      || ["}", "]", "(", ")", "},", "],"].contains(line)
  }

  /// The names of lines that all begin with the number of their class, below a header or not; nil for others.
  private static func numbered(_ lines: [String]) throws(Fault) -> [String]? {
    for body in [lines[...], lines.dropFirst()] where !body.isEmpty {
      let entries = body.compactMap(NumberedLine.init)
      guard entries.count == body.count else { continue }
      // Names may begin with numbers; a sign behind the number says that it is one.
      let isPlain = entries.allSatisfy { $0.sign == nil }
      let numbers = entries.map(\.number)
      if isPlain, Set(numbers) != Set(0..<numbers.count) { continue }
      return try order(entries.map(\.name), by: numbers)
    }
    return nil
  }

  /// The names of lines that all begin with WordNet's number, as `n01440764 tench`; nil for others.
  private static func afterSynsets(_ lines: [String]) -> [String]? {
    let names = lines.compactMap { line -> String? in
      let parts = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
      guard parts.count == 2, parts[0].utf8.count == 9, parts[0].hasPrefix("n"),
        parts[0].utf8.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
      else { return nil }
      return String(parts[1]).trimmed
    }
    return names.count == lines.count && !lines.isEmpty ? names : nil
  }

  /// The lines without quotes, if all have the same around them.
  private static func unquoted(_ lines: [String]) -> [String] {
    for quote in ["\"", "'"]
    where lines.allSatisfy({ $0.count > 2 && $0.hasPrefix(quote) && $0.hasSuffix(quote) }) {
      return lines.map { String($0.dropFirst().dropLast()) }
    }
    return lines
  }

  /// Puts names in the order of their classes' numbers, which must be 0, 1, 2, …
  private static func order(_ names: [String], by numbers: [Int]) throws(Fault) -> [String] {
    var ordered = [String?](repeating: nil, count: names.count)
    for (name, number) in zip(names, numbers) {
      guard ordered.indices.contains(number) else {
        throw Fault(
          message:
            "class \(number) is named, but \(names.count) classes have the numbers 0 to \(names.count - 1)")
      }
      guard ordered[number] == nil else { throw Fault(message: "class \(number) has two names") }
      ordered[number] = name
    }
    return ordered.compactMap(\.self)
  }
}

/// A number, a separator and a name.
private struct NumberedLine {
  let number: Int
  /// The separator; nil for blanks alone.
  let sign: Character?
  let name: String

  init?(_ line: String) {
    let digits = line.prefix { $0.isASCII && $0.isNumber }
    guard let number = Int(digits) else { return nil }
    let rest = line.dropFirst(digits.count)
    guard let first = rest.first(where: { !$0.isWhitespace }), let next = rest.first else { return nil }
    let isSign = ":,;=".contains(first)
    guard isSign || next.isWhitespace else { return nil }
    let name = isSign ? rest.drop { $0 != first }.dropFirst() : rest
    self.number = number
    sign = isSign ? first : nil
    self.name = String(name).trimmed
    guard !self.name.isEmpty else { return nil }
  }
}

extension String {
  /// The text without white space at its ends.
  fileprivate var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }
}
