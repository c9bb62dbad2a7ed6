extension NPY {
  /// Most bytes of a header's dictionary: NumPy does not read more either, and arrays of numbers need some hundred.
  private static let headerLimit = 10_000
  /// Most bytes before the first element.
  package static let prefixLimit = headerLimit + 12

  /// The header of a file.
  package struct Fields {
    /// NumPy's name of the element type, for example `<f4`.
    package var type: String
    /// True if the first dimension is the innermost one.
    package var isFortranOrder: Bool
    package var shape: [Int]
  }

  /// Parses the header at the front of a file.
  ///
  /// - Returns: the header, and the position of the first element.
  /// - Throws: ``FormatError``.
  /// - Complexity: O(length of the header).
  package static func parseHeader(_ bytes: [UInt8]) throws(FormatError) -> (Fields, start: Int) {
    guard bytes.starts(with: magic), bytes.count >= 12 else {
      throw FormatError(message: "it is not a .npy file")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]), bytes[7] == 0 else {
      throw FormatError(
        message: "it is a .npy file of version \(bytes[6]).\(bytes[7]); 1.0, 2.0 and 3.0 are read")
    }
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[8 + index]) }
    let start = 8 + lengthBytes
    guard length <= headerLimit, start + length <= bytes.count else {
      throw FormatError(
        message:
          "its header of \(length) bytes is cut off or too long: at most \(headerLimit) are read, as by NumPy"
      )
    }
    let header = bytes[start..<start + length]
    guard bytes[6] == 3 || header.allSatisfy({ $0 < 0x80 }) else {
      throw FormatError(
        message: "its header has letters that are not ASCII; save the array again with numpy.save")
    }
    var parser = HeaderParser(rest: header)
    return (try parser.fields(), start + length)
  }
}

/// Parses a header's dictionary: the three keys that NumPy writes, each once, in any order. All else is refused that Python
/// would understand in another way, such as a key that is there twice, an escape, or a calculation.
private struct HeaderParser {
  /// The bytes of the header that were not parsed yet.
  var rest: ArraySlice<UInt8>

  mutating func fields() throws(NPY.FormatError) -> NPY.Fields {
    var type: String?
    var isFortranOrder: Bool?
    var shape: [Int]?
    try expect("{")
    while !accept("}") {
      let key = try quoted()
      try expect(":")
      switch key {
      case "descr" where type == nil: type = try elementType()
      case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
      case "shape" where shape == nil: shape = try extents()
      case "descr", "fortran_order", "shape":
        throw NPY.FormatError(
          message:
            "its header gives '\(key)' twice, and programs differ in which they take; save the array again with numpy.save"
        )
      default:
        throw NPY.FormatError(
          message:
            "its header has the key \(key.debugDescription), and must have 'descr', 'fortran_order' and 'shape' alone; save the "
            + "array again with numpy.save")
      }
      if accept(",") { continue }
      try expect("}")
      break
    }
    skipBlanks()
    guard rest.isEmpty else { throw fault("the end") }
    guard let type, let isFortranOrder, let shape else {
      throw NPY.FormatError(
        message: "its header lacks 'descr', 'fortran_order' or 'shape'; save the array again with numpy.save")
    }
    return NPY.Fields(type: type, isFortranOrder: isFortranOrder, shape: shape)
  }

  private mutating func elementType() throws(NPY.FormatError) -> String {
    if accept("[") {
      throw NPY.FormatError(
        message: "its elements are records of several fields; save each field as an array of its own")
    }
    return try quoted()
  }

  private mutating func boolean() throws(NPY.FormatError) -> Bool {
    if accept("True") { return true }
    try expect("False")
    return false
  }

  /// A tuple of numbers; in Python a single one needs a comma behind it.
  private mutating func extents() throws(NPY.FormatError) -> [Int] {
    var extents: [Int] = []
    try expect("(")
    while !accept(")") {
      extents.append(try number())
      if accept(",") { continue }
      guard extents.count > 1 else { throw fault("','") }
      try expect(")")
      break
    }
    return extents
  }

  private mutating func number() throws(NPY.FormatError) -> Int {
    skipBlanks()
    let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.count == 1 || digits.first != UInt8(ascii: "0"),
      let value = Int(String(decoding: digits, as: UTF8.self))
    else { throw fault("an extent") }
    rest = rest.dropFirst(digits.count)
    return value
  }

  /// A text in quotes of either kind, without escapes.
  private mutating func quoted() throws(NPY.FormatError) -> String {
    skipBlanks()
    guard let quote = rest.first, quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw fault("a text in quotes")
    }
    let content = rest.dropFirst().prefix { $0 != quote && $0 != UInt8(ascii: "\\") && $0 >= 0x20 }
    let end = rest.dropFirst(1 + content.count)
    guard end.first == quote, let text = String(validating: content, as: UTF8.self) else {
      throw fault("a text in quotes, without escapes")
    }
    rest = end.dropFirst()
    return text
  }

  /// Consumes these letters and the blanks before them, if they are next.
  private mutating func accept(_ letters: StaticString) -> Bool {
    skipBlanks()
    let text = "\(letters)".utf8
    guard rest.starts(with: text) else { return false }
    rest = rest.dropFirst(text.count)
    return true
  }

  private mutating func expect(_ letters: StaticString) throws(NPY.FormatError) {
    guard accept(letters) else { throw fault("'\(letters)'") }
  }

  private mutating func skipBlanks() {
    rest = rest.drop { [0x20, 0x09, 0x0A, 0x0D].contains($0) }
  }

  private func fault(_ expected: String) -> NPY.FormatError {
    let shown = String(decoding: rest.prefix(40), as: UTF8.self).debugDescription
    return NPY.FormatError(
      message:
        "its header is not understood: \(shown) stands where \(expected) should be; save the array again with numpy.save"
    )
  }
}
