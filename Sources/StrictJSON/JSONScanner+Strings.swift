extension JSONScanner {
  /// A text of at most `limit` bytes.
  package mutating func string(limit: Int = .max) throws(Fault) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw fault("a string must be here") }
    position += 1
    let start = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    guard position - start <= limit else { throw fault("a string of more than \(limit) bytes") }
    if current == UInt8(ascii: "\"") {
      // Without escapes no copy is needed: a header may be one string of many megabytes.
      guard let string = String(validating: bytes[start..<position], as: UTF8.self) else {
        throw fault("a string that is not UTF-8")
      }
      position += 1
      return string
    }
    var text = Array(bytes[start..<position])
    while let byte = current {
      guard text.count <= limit else { throw fault("a string of more than \(limit) bytes") }
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw fault("a string that is not UTF-8")
        }
        return string
      case UInt8(ascii: "\\"): try appendEscape(to: &text)
      case 0..<0x20: throw fault("a control character in a string")
      default: text.append(byte)
      }
    }
    throw fault("the text ends within a string")
  }

  private mutating func appendEscape(to text: inout [UInt8]) throws(Fault) {
    guard let kind = current else { throw fault("the text ends within a string") }
    position += 1
    switch kind {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(kind)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): text += Array(String(try codePoint()).utf8)
    default: throw fault("an unknown escape in a string")
    }
  }

  /// The four digits behind `\u`, and the second half of a surrogate pair where there must be one.
  private mutating func codePoint() throws(Fault) -> Character {
    var value = try hexadecimal()
    if (0xD800..<0xDC00).contains(value) {
      guard current == UInt8(ascii: "\\"), position + 1 < bytes.count,
        bytes[position + 1] == UInt8(ascii: "u")
      else { throw fault("half a surrogate pair in a string") }
      position += 2
      let low = try hexadecimal()
      guard (0xDC00..<0xE000).contains(low) else { throw fault("half a surrogate pair in a string") }
      value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw fault("half a surrogate pair in a string") }
    return Character(scalar)
  }

  private mutating func hexadecimal() throws(Fault) -> UInt32 {
    guard position + 4 <= bytes.count else { throw fault("the text ends within a string") }
    var value: UInt32 = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("\\u must be followed by four hexadecimal digits")
      }
      value = value << 4 | UInt32(digit)
    }
    position += 4
    return value
  }
}
