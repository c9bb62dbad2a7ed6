extension JSONScanner {
  /// Most values within each other, the outermost included.
  package static let depthLimit = 64

  /// Consumes a value of any kind, in which no object has two members of the same name.
  ///
  /// - Complexity: linear in the text, with the names of the objects that are open at a time in memory.
  package mutating func skipValue() throws(Fault) {
    var count = 0
    try skipValue(level: 1, count: &count, limit: .max)
  }

  /// Checks that a text is one value and nothing else, in which no object has two members of the same name.
  ///
  /// Names are the same when their code points are.
  ///
  /// - Parameters:
  ///   - valueLimit: most values; a container counts beside what it holds, the names of members do not.
  ///   - container: what the outermost value must be; nil for any value.
  /// - Complexity: linear in the text.
  package static func check(
    _ text: [UInt8], valueLimit: Int, outermost container: Container? = nil
  ) throws(Fault) {
    var scanner = JSONScanner(text)
    if let container, scanner.peek() != container.rawValue {
      throw scanner.fault("\(container == .object ? "an object" : "an array") must be here")
    }
    var count = 0
    try scanner.skipValue(level: 1, count: &count, limit: valueLimit)
    try scanner.expectEnd()
  }

  private mutating func skipValue(level: Int, count: inout Int, limit: Int) throws(Fault) {
    guard level <= Self.depthLimit else {
      throw fault("more than \(Self.depthLimit) values within each other")
    }
    count += 1
    guard count <= limit else { throw fault("more than \(limit) values") }
    switch peek() {
    case Container.object.rawValue:
      try open(.object)
      var names: Set<[UInt8]> = []
      while let name = try nextName() {
        guard names.insert(Array(name.utf8)).inserted else { throw fault("an object names a member twice") }
        try skipValue(level: level + 1, count: &count, limit: limit)
      }
    case Container.array.rawValue:
      try open(.array)
      while try nextElement() { try skipValue(level: level + 1, count: &count, limit: limit) }
    case UInt8(ascii: "\""): _ = try string()
    default: try skipWord()
    }
  }

  /// Consumes a number, `true`, `false` or `null`.
  mutating func skipWord() throws(Fault) {
    let start = position
    while let byte = current, !Self.ends.contains(byte) {
      position += 1
      guard position - start <= Self.wordLimit else { break }
    }
    let word = bytes[start..<position]
    guard word.count <= Self.wordLimit, Self.words.contains(where: word.elementsEqual) || Self.isNumber(word)
    else {
      position = start
      throw fault("a value must be here")
    }
    guard Self.isFinite(word) else {
      position = start
      throw fault("a number beyond those of a 64-bit float")
    }
  }

  /// Bytes of the longest number.
  package static let wordLimit = 256
  private static let ends: [UInt8] = Array(",]} \n\r\t:\"".utf8)
  private static let words: [[UInt8]] = ["true", "false", "null"].map { Array($0.utf8) }

  /// True if a text is a number as RFC 8259 §6 has it.
  private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
    var rest = word
    if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
    let isZero = rest.first == UInt8(ascii: "0")
    let whole = dropDigits(&rest)
    guard whole > 0, !isZero || whole == 1 else { return false }
    if rest.first == UInt8(ascii: ".") {
      rest.removeFirst()
      guard dropDigits(&rest) > 0 else { return false }
    }
    if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
      rest.removeFirst()
      if let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { rest.removeFirst() }
      guard dropDigits(&rest) > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// True if a number, rounded to binary64, is not an infinity; also of a word.
  private static func isFinite(_ word: ArraySlice<UInt8>) -> Bool {
    // Without an exponent it takes more than 308 digits.
    guard word.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) || word.count > 308 else { return true }
    return Double(String(decoding: word, as: UTF8.self))?.isFinite ?? true
  }

  private static func dropDigits(_ text: inout ArraySlice<UInt8>) -> Int {
    let rest = text.drop { (0x30...0x39).contains($0) }
    defer { text = rest }
    return text.count - rest.count
  }
}
