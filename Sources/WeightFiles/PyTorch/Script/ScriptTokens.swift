/// The words of a TorchScript program's text.
struct ScriptTokens {
  enum Token: Hashable {
    case name(String)
    case number(String)
    case text(String)
    case sign(UInt8)
    /// `->`
    case arrow
    /// The end of a line outside of parentheses.
    case line
    /// The beginning of lines that lie deeper.
    case deeper
    /// The end of such lines.
    case shallower
  }

  private(set) var all: [Token] = []
  /// Names and texts that occur again, so that each takes memory once.
  private var known: [Substring: String] = [:]

  /// Splits a text as PyTorch's own lexer does; of what its writer never writes (comments, tabs, texts of several lines) nothing is
  /// understood.
  ///
  /// - Returns: nil for a text that is not understood, or has more than `limit` words.
  /// - Complexity: O(length of the text).
  init?(_ text: String, limit: Int) {
    var columns = [0]
    var depth = 0
    var rest = text.utf8[...]
    var startsLine = true
    while !rest.isEmpty {
      guard all.count < limit else { return nil }
      if startsLine {
        let column = rest.prefix { $0 == UInt8(ascii: " ") }.count
        rest = rest.dropFirst(column)
        guard let byte = rest.first else { break }
        if byte == UInt8(ascii: "\n") {
          rest = rest.dropFirst()
          continue
        }
        startsLine = false
        guard indent(to: column, &columns) else { return nil }
      }
      guard let byte = rest.first else { break }
      switch byte {
      case UInt8(ascii: "\n"):
        rest = rest.dropFirst()
        guard depth == 0 else { continue }
        all.append(.line)
        startsLine = true
      case UInt8(ascii: " "):
        rest = rest.dropFirst()
      case UInt8(ascii: "\""):
        guard addText(&rest) else { return nil }
      case UInt8(ascii: "-") where rest.dropFirst().first == UInt8(ascii: ">"):
        all.append(.arrow)
        rest = rest.dropFirst(2)
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        addNumber(&rest)
      case _ where byte.isNameByte:
        let name = rest.prefix(while: \.isNameByte)
        guard name.count <= Self.nameLimit else { return nil }
        rest = rest[name.endIndex...]
        all.append(.name(unique(Substring(name))))
      default:
        guard Self.signs.contains(byte) else { return nil }
        if Self.openings.contains(byte) { depth += 1 }
        if Self.closings.contains(byte) { depth -= 1 }
        guard depth >= 0 else { return nil }
        all.append(.sign(byte))
        rest = rest.dropFirst()
      }
    }
    guard depth == 0 else { return nil }
    if !startsLine { all.append(.line) }
    guard indent(to: 0, &columns) else { return nil }
  }

  /// Most bytes of a name; each time that a name is used, it is looked at as a whole.
  private static let nameLimit = 1024
  private static let signs = Set("()[]{},.:=-+*/%<>!&|^~@".utf8)
  private static let openings = Set("([{".utf8)
  private static let closings = Set(")]}".utf8)

  private mutating func indent(to column: Int, _ columns: inout [Int]) -> Bool {
    if column > columns[columns.count - 1] {
      guard columns.count < 64 else { return false }
      columns.append(column)
      all.append(.deeper)
    }
    while column < columns[columns.count - 1] {
      columns.removeLast()
      all.append(.shallower)
    }
    return column == columns[columns.count - 1]
  }

  /// A word as a string. Of others than ASCII Swift takes some for the same whose bytes differ.
  private mutating func unique(_ word: Substring) -> String {
    guard word.utf8.allSatisfy({ $0 < 0x80 }) else { return String(word) }
    if let string = known[word] { return string }
    let string = String(word)
    known[word] = string
    return string
  }

  /// A text in one line. Three quotes, which begin a text of several, are not taken for an empty one.
  private mutating func addText(_ rest: inout Substring.UTF8View) -> Bool {
    let start = rest.index(after: rest.startIndex)
    var end = start
    while end < rest.endIndex, rest[end] != UInt8(ascii: "\"") {
      guard rest[end] != UInt8(ascii: "\n") else { return false }
      if rest[end] == UInt8(ascii: "\\") {
        end = rest.index(after: end)
        guard end < rest.endIndex, rest[end] != UInt8(ascii: "\n") else { return false }
      }
      end = rest.index(after: end)
    }
    guard end < rest.endIndex else { return false }
    all.append(.text(unique(Substring(rest[start..<end]))))
    rest = rest[rest.index(after: end)...]
    return rest.first != UInt8(ascii: "\"")
  }

  /// `12`, `0.10000000000000001`, `1.0000000000000001e-05`
  private mutating func addNumber(_ rest: inout Substring.UTF8View) {
    var end = rest.startIndex
    var last = UInt8(ascii: "0")
    while end < rest.endIndex {
      let byte = rest[end]
      let isExponent = last == UInt8(ascii: "e") || last == UInt8(ascii: "E")
      guard
        byte.isNameByte || byte == UInt8(ascii: ".")
          || isExponent && (byte == UInt8(ascii: "-") || byte == UInt8(ascii: "+"))
      else { break }
      last = byte
      end = rest.index(after: end)
    }
    all.append(.number(unique(Substring(rest[..<end]))))
    rest = rest[end...]
  }
}
