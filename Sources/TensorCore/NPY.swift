/// Arrays in NumPy's `.npy` files (NEP 1): a magic, a header that is a Python dictionary, and the elements.
public enum NPY {
  /// A reason why bytes are not a `.npy` array that can be read here.
  public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A description of the fault, with the values, and a remedy.
    public let message: String
    public var description: String { message }
  }

  /// The header of a version 1.0 file for an array in C order, padded to a multiple of 64 bytes.
  ///
  /// - Parameters:
  ///   - type: NumPy's name of the element type, for example `<f4`.
  ///   - shape: the array's extents.
  public static func header(type: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    let prefix = magic.count + 4
    let padding = (64 - (prefix + text.utf8.count + 1) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// Reads an array of little-endian float32 in C order.
  ///
  /// - Throws: ``FormatError``.
  public static func decodeFloats(_ bytes: [UInt8]) throws(FormatError) -> Tensor {
    let (fields, start) = try parseHeader(bytes)
    guard fields.type == "<f4" else {
      throw FormatError(
        message: "its elements are '\(fields.type)'; it must hold little-endian float32 ('<f4')")
    }
    guard !fields.isFortranOrder else {
      throw FormatError(message: "it is in Fortran order; save numpy.ascontiguousarray(x)")
    }
    guard let shape = Shape(checking: fields.shape) else {
      throw FormatError(message: "its shape \(fields.shape) has too many elements")
    }
    let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: 4)
    guard !overflow, bytes.count - start == byteCount else {
      throw FormatError(
        message:
          "its shape \(shape) asks for \(shape.elementCount) floats, and \(bytes.count - start) bytes follow")
    }
    var buffer = AlignedBuffer(byteCount: byteCount, uninitialized: true)
    var target = buffer.mutableBytes
    for index in 0..<byteCount {
      target.storeBytes(of: bytes[start + index], toByteOffset: index, as: UInt8.self)
    }
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

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
  package static func parseHeader(_ bytes: [UInt8]) throws(FormatError) -> (Fields, start: Int) {
    guard bytes.starts(with: magic), bytes.count >= 12 else {
      throw FormatError(message: "it is not a .npy file")
    }
    let lengthBytes = bytes[6] == 1 ? 2 : 4
    guard (1...3).contains(bytes[6]) else {
      throw FormatError(message: "it is a .npy file of version \(bytes[6]); 1 to 3 are read")
    }
    var length = 0
    for index in (0..<lengthBytes).reversed() { length = length << 8 | Int(bytes[8 + index]) }
    let start = 8 + lengthBytes
    guard length <= 65536, start + length <= bytes.count else {
      throw FormatError(message: "its header of \(length) bytes is cut off or too long")
    }
    let text = String(decoding: bytes[start..<start + length], as: UTF8.self)
    guard let fields = parse(text) else {
      throw FormatError(message: "its header is not understood: \(text.prefix(200))")
    }
    return (fields, start + length)
  }

  /// Parses the dictionary as NumPy writes it, keys in any order.
  private static func parse(_ text: String) -> Fields? {
    guard let type = value(after: "'descr'", in: text)?.quoted,
      let order = value(after: "'fortran_order'", in: text),
      let shapeText = value(after: "'shape'", in: text),
      shapeText.first == "(", let end = shapeText.firstIndex(of: ")")
    else { return nil }
    let isFortranOrder = order.hasPrefix("True")
    guard isFortranOrder || order.hasPrefix("False") else { return nil }
    var shape: [Int] = []
    for part in shapeText[..<end].dropFirst().split(separator: ",") {
      let digits = part.filter { $0 != " " }
      if digits.isEmpty { continue }
      guard let extent = Int(digits) else { return nil }
      shape.append(extent)
    }
    return Fields(type: type, isFortranOrder: isFortranOrder, shape: shape)
  }

  private static func value(after key: String, in text: String) -> Substring? {
    var rest = text[...]
    while !rest.isEmpty, !rest.hasPrefix(key) { rest = rest.dropFirst() }
    rest = rest.dropFirst(key.count).drop { $0 == " " }
    guard rest.first == ":" else { return nil }
    return rest.dropFirst().drop { $0 == " " }
  }
}

extension Substring {
  /// The text between the quotes at the beginning; nil without them.
  fileprivate var quoted: String? {
    guard let quote = first, quote == "'" || quote == "\"" else { return nil }
    let rest = dropFirst()
    return rest.firstIndex(of: quote).map { String(rest[..<$0]) }
  }
}
