extension JSONScanner {
  /// Consumes a value of any kind.
  mutating func skipValue(depth: Int = 0) throws(Fault) {
    guard depth < 64 else { throw fault("more than 64 values within each other") }
    switch peek() {
    case Container.object.rawValue:
      try open(.object)
      while try nextName() != nil { try skipValue(depth: depth + 1) }
    case Container.array.rawValue:
      try open(.array)
      while try nextElement() { try skipValue(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    default: try skipWord()
    }
  }

  /// Consumes a number, `true`, `false` or `null`.
  private mutating func skipWord() throws(Fault) {
    let start = position
    while let byte = current, !Self.ends.contains(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position].prefix(Self.wordLimit + 1), as: UTF8.self)
    guard word.utf8.count <= Self.wordLimit,
      ["true", "false", "null"].contains(word) || word.wholeMatch(of: Self.number) != nil
    else {
      position = start
      throw fault("a value must be here")
    }
  }

  /// Bytes of the longest number that is skipped.
  private static let wordLimit = 256
  private static let ends: [UInt8] = Array(",]} \n\r\t:\"".utf8)
  private static var number: Regex<Substring> { /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?/ }
}
