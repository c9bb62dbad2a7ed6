/// Reads JSON from the front, one token at a time, as RFC 8259 has it.
///
/// `JSONDecoder` keeps one of two members of the same name and takes many times the memory of the text. The headers
/// read here come from strangers, may be 100 MB long, and must not have a name twice.
///
/// A container is opened, and then asked for its next member or element until there is none:
///
///     try scanner.open(.object)
///     while let name = try scanner.nextName() { … one value … }
struct JSONScanner {
  /// What is wrong with the text, and the byte where.
  struct Fault: Error, CustomStringConvertible {
    var offset: Int
    var message: String
    var description: String { "byte \(offset): \(message)" }
  }

  enum Container: UInt8 {
    case object = 0x7B  // {
    case array = 0x5B  // [
  }

  private let bytes: [UInt8]
  private(set) var position = 0
  /// Whether a container was opened and nothing of it was read.
  private var isFirst = false

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next byte that is not white space, not consumed.
  mutating func peek() -> UInt8? {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    return current
  }

  private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  func fault(_ message: String) -> Fault { Fault(offset: position, message: message) }

  /// Nothing but white space may be left.
  mutating func expectEnd() throws(Fault) {
    guard peek() == nil else { throw fault("more text behind the end of the JSON") }
  }

  // MARK: Containers

  mutating func open(_ container: Container) throws(Fault) {
    guard peek() == container.rawValue else {
      throw fault("\(container == .object ? "an object" : "an array") must be here")
    }
    position += 1
    isFirst = true
  }

  /// The next member's name; nil at the object's end.
  mutating func nextName(limit: Int = .max) throws(Fault) -> String? {
    guard try next(before: 0x7D) else { return nil }
    let name = try string(limit: limit)
    guard peek() == UInt8(ascii: ":") else { throw fault("a colon must be here") }
    position += 1
    return name
  }

  /// Whether another element follows; false at the array's end.
  mutating func nextElement() throws(Fault) -> Bool {
    try next(before: 0x5D)
  }

  private mutating func next(before end: UInt8) throws(Fault) -> Bool {
    let isFirst = isFirst
    self.isFirst = false
    if peek() == end {
      position += 1
      return false
    }
    if !isFirst {
      guard peek() == UInt8(ascii: ",") else { throw fault("a comma or the container's end must be here") }
      position += 1
    }
    return true
  }

  // MARK: Scalars

  /// A whole number from 0 up, written with digits only.
  mutating func count() throws(Fault) -> Int {
    _ = peek()
    let start = position
    var value = 0
    while let digit = current, (0x30...0x39).contains(digit) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int(digit - 0x30))
      guard !overflow, !carry else { throw fault("a number beyond \(Int.max)") }
      value = sum
      position += 1
    }
    let length = position - start
    guard length > 0 else { throw fault("a whole number, not negative, must be here") }
    guard length == 1 || bytes[start] != 0x30 else { throw fault("a number with a leading zero") }
    return value
  }

  /// A text of at most `limit` bytes.
  mutating func string(limit: Int = .max) throws(Fault) -> String {
    guard peek() == UInt8(ascii: "\"") else { throw fault("a string must be here") }
    position += 1
    let start = position
    while let byte = current, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
      position += 1
    }
    guard position - start <= limit else { throw fault("a string of more than \(limit) bytes") }
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
}

extension JSONScanner {
  /// Consumes a number, `true`, `false` or `null`.
  private mutating func skipWord() throws(Fault) {
    let start = position
    while let byte = current, !Self.ends.contains(byte) { position += 1 }
    let word = String(decoding: bytes[start..<position], as: UTF8.self)
    guard ["true", "false", "null"].contains(word) || word.wholeMatch(of: Self.number) != nil else {
      position = start
      throw fault("a value must be here")
    }
  }

  private static let ends: [UInt8] = Array(",]} \n\r\t:\"".utf8)
  private static var number: Regex<Substring> { /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+\-]?[0-9]+)?/ }

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
