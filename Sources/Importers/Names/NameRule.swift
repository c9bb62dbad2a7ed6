/// A program's name for one part of a residual network, and the graph's.
///
/// In both patterns `#` stands for a number that is the same on both sides, `@` for one that counts from zero there and from
/// one here, and `^` for one that is one smaller here. A pattern describes the beginning of a name, up to its end or a dot;
/// what follows the dot is the same on both sides.
struct NameRule: Sendable {
  let foreign: String
  let own: String

  init(_ foreign: String, _ own: String) {
    self.foreign = foreign
    self.own = own
  }

  /// A part that both call the same.
  init(_ name: String) { self.init(name, name) }

  /// The graph's name for the program's; nil when the rule is about other names.
  func own(for name: String) -> String? {
    guard let match = Self.match(name, foreign) else { return nil }
    return Self.fill(own, match, direction: 1)
  }

  /// The rule's change to a name of the program: the part that it is about, up to the dot behind it, and the graph's for
  /// it; nil when the rule is about other names.
  func change(in name: String) -> Change? {
    guard let match = Self.match(name, foreign), let own = own(for: name) else { return nil }
    // The dot shows that something follows.
    let restCount = max(0, match.rest.count - 1)
    return Change(
      foreign: String(Substring(name.utf8.dropLast(restCount))),
      own: String(Substring(own.utf8.dropLast(restCount))), isOneOfMany: !match.numbers.isEmpty)
  }

  /// A part of a name, before and after a rule.
  struct Change {
    var foreign: String
    var own: String
    /// True if the rule changes parts with other numbers likewise.
    var isOneOfMany: Bool
  }

  /// The program's name for the graph's; nil when the rule is about other names.
  func foreign(for name: String) -> String? {
    guard let match = Self.match(name, own) else { return nil }
    return Self.fill(foreign, match, direction: -1)
  }

  /// The symbols that stand for a number, with the summand on the way to the graph's name.
  private static let shifts: [UInt8: Int] = [
    UInt8(ascii: "#"): 0, UInt8(ascii: "@"): 1, UInt8(ascii: "^"): -1,
  ]

  private struct Match {
    var numbers: [Int] = []
    var rest: Substring.UTF8View
  }

  private static func match(_ name: String, _ pattern: String) -> Match? {
    var match = Match(rest: name[...].utf8)
    for symbol in pattern.utf8 {
      if shifts[symbol] == nil {
        guard match.rest.first == symbol else { return nil }
        match.rest = match.rest.dropFirst()
      } else {
        let digits = match.rest.prefix { (0x30...0x39).contains($0) }
        // Six digits are more than any name needs; a leading zero would not come back.
        guard (1...6).contains(digits.count), digits.count == 1 || digits.first != 0x30 else { return nil }
        match.numbers.append(digits.reduce(0) { 10 * $0 + Int($1 - 0x30) })
        match.rest = match.rest.dropFirst(digits.count)
      }
    }
    guard match.rest.isEmpty || match.rest.first == UInt8(ascii: ".") else { return nil }
    return match
  }

  private static func fill(_ pattern: String, _ match: Match, direction: Int) -> String? {
    var result = ""
    var numbers = match.numbers[...]
    for symbol in pattern.unicodeScalars {
      if symbol.isASCII, let shift = shifts[UInt8(symbol.value)] {
        guard let number = numbers.popFirst(), number + direction * shift >= 0 else { return nil }
        result += String(number + direction * shift)
      } else {
        result.unicodeScalars.append(symbol)
      }
    }
    return result + String(Substring(match.rest))
  }
}
