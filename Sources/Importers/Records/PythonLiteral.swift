/// A list, tuple or dictionary of texts as Python writes it: `['cat', 'dog']`, `{0: 'cat', 1: "dog"}`, `{'cat': 0}`.
struct PythonLiteral {
  /// The texts, in their order.
  private(set) var names: [String] = []
  /// The number of each in a dictionary; nil for a list.
  private(set) var numbers: [Int]?

  /// Reads a text that is nothing else; nil for others.
  init?(_ text: String) {
    var scanner = Scanner(rest: Array(text.unicodeScalars)[...])
    guard let (end, isDictionary) = scanner.open() else { return nil }
    var pairs: [Int] = []
    while !scanner.takes(end) {
      guard let value = scanner.value() else { return nil }
      if isDictionary {
        guard scanner.takes(":"), let other = scanner.value(), let (number, name) = Self.pair(value, other)
        else {
          return nil
        }
        pairs.append(number)
        names.append(name)
      } else {
        guard case .text(let name) = value else { return nil }
        names.append(name)
      }
      if !scanner.takes(",") {
        guard scanner.takes(end) else { return nil }
        break
      }
    }
    guard scanner.isAtEnd, !names.isEmpty else { return nil }
    numbers = isDictionary ? pairs : nil
  }

  private enum Value {
    case number(Int)
    case text(String)

    var number: Int? {
      switch self {
      case .number(let number): number
      case .text(let text): Int(text)
      }
    }
  }

  /// The number and the name of an entry, whichever comes first.
  private static func pair(_ key: Value, _ value: Value) -> (Int, String)? {
    if let number = key.number, case .text(let name) = value { return (number, name) }
    if case .text(let name) = key, let number = value.number { return (number, name) }
    return nil
  }

  private struct Scanner {
    var rest: ArraySlice<Unicode.Scalar>

    private mutating func skipBlanks() { rest = rest.drop { $0.properties.isWhitespace } }

    var isAtEnd: Bool { rest.allSatisfy(\.properties.isWhitespace) }

    mutating func takes(_ scalar: Unicode.Scalar) -> Bool {
      skipBlanks()
      guard rest.first == scalar else { return false }
      rest.removeFirst()
      return true
    }

    /// The end of the container that begins here.
    mutating func open() -> (end: Unicode.Scalar, isDictionary: Bool)? {
      if takes("[") { return ("]", false) }
      if takes("(") { return (")", false) }
      return takes("{") ? ("}", true) : nil
    }

    mutating func value() -> Value? {
      skipBlanks()
      guard let first = rest.first else { return nil }
      if first == "'" || first == "\"" {
        rest.removeFirst()
        return text(until: first).map { .text($0) }
      }
      let digits = rest.prefix { ("0"..."9").contains($0) }
      rest = rest.dropFirst(digits.count)
      return Int(String(String.UnicodeScalarView(digits))).map { .number($0) }
    }

    /// The text up to a quote, with the escapes that names have.
    private mutating func text(until quote: Unicode.Scalar) -> String? {
      var text = String.UnicodeScalarView()
      while let scalar = rest.popFirst() {
        if scalar == quote { return String(text) }
        guard scalar == "\\" else {
          text.append(scalar)
          continue
        }
        guard let escaped = rest.popFirst() else { return nil }
        switch escaped {
        case "'", "\"", "\\", "/": text.append(escaped)
        case "x", "u":
          let count = escaped == "x" ? 2 : 4
          let digits = String(String.UnicodeScalarView(rest.prefix(count)))
          guard digits.unicodeScalars.count == count, let value = UInt32(digits, radix: 16),
            let scalar = Unicode.Scalar(value)
          else { return nil }
          rest = rest.dropFirst(count)
          text.append(scalar)
        default: return nil
        }
      }
      return nil
    }
  }
}
