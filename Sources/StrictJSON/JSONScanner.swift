/// Reads JSON from the front, one token at a time, as RFC 8259 has it.
///
/// `JSONDecoder` keeps one of two members of the same name and takes many times the memory of the text. The texts
/// read here come from strangers, may be 100 MB long, and must not have a name twice.
///
/// A container is opened, and then asked for its next member or element until there is none:
///
///     try scanner.open(.object)
///     while let name = try scanner.nextName() { … one value … }
package struct JSONScanner {
  /// A fault of the text, and the byte where it was found.
  package struct Fault: Error, CustomStringConvertible {
    package var offset: Int
    package var message: String
    package var description: String { "byte \(offset): \(message)" }
  }

  package enum Container: UInt8 {
    case object = 0x7B  // {
    case array = 0x5B  // [
  }

  package let bytes: [UInt8]
  /// The byte that is read next.
  package var position = 0
  /// True when a container was opened and nothing of it was read.
  private var isFirst = false

  package init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// The next byte that is not white space, not consumed.
  package mutating func peek() -> UInt8? {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    return current
  }

  /// The next byte; nil at the end.
  package var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  package func fault(_ message: String) -> Fault { Fault(offset: position, message: message) }

  /// Nothing but white space may be left.
  package mutating func expectEnd() throws(Fault) {
    guard peek() == nil else { throw fault("more text behind the end of the JSON") }
  }

  // MARK: Containers

  package mutating func open(_ container: Container) throws(Fault) {
    guard peek() == container.rawValue else {
      throw fault("\(container == .object ? "an object" : "an array") must be here")
    }
    position += 1
    isFirst = true
  }

  /// The next member's name; nil at the object's end.
  package mutating func nextName(limit: Int = .max) throws(Fault) -> String? {
    guard try next(before: 0x7D) else { return nil }
    let name = try string(limit: limit)
    guard peek() == UInt8(ascii: ":") else { throw fault("a colon must be here") }
    position += 1
    return name
  }

  /// Returns true if another element follows; false at the array's end.
  package mutating func nextElement() throws(Fault) -> Bool {
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
  package mutating func count() throws(Fault) -> Int {
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
}
