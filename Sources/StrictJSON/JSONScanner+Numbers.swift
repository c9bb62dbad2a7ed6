extension JSONScanner {
  /// A number as the nearest 64-bit float.
  package mutating func number() throws(Fault) -> Double {
    _ = peek()
    let start = position
    let word = try wordHere()
    guard let value = Double(word) else {
      position = start
      throw fault("a number must be here")
    }
    return value
  }

  /// A whole number, also a negative one.
  package mutating func integer() throws(Fault) -> Int {
    _ = peek()
    let start = position
    guard let value = Int(try wordHere()) else {
      position = start
      throw fault("a whole number of 64 bits must be here")
    }
    return value
  }

  /// `true` or `false`.
  package mutating func boolean() throws(Fault) -> Bool {
    _ = peek()
    let start = position
    switch try wordHere() {
    case "true": return true
    case "false": return false
    default:
      position = start
      throw fault("true or false must be here")
    }
  }

  /// The text of a number or a word.
  private mutating func wordHere() throws(Fault) -> String {
    let start = position
    try skipWord()
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }
}
