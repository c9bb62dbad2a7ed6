/// The bytes of ONNX files, sound ones and others, put together field by field.
package enum GraphBytes {
  package static func varint(_ value: UInt64) -> [UInt8] {
    var (rest, bytes) = (value, [UInt8]())
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  package static func number(_ field: UInt64, _ value: Int) -> [UInt8] {
    varint(field << 3) + varint(UInt64(bitPattern: Int64(value)))
  }

  package static func bytes(_ field: UInt64, _ bytes: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(bytes.count)) + bytes
  }

  package static func text(_ field: UInt64, _ text: String) -> [UInt8] { bytes(field, Array(text.utf8)) }

  /// A constant of float32 by default, with so many bytes of elements.
  package static func constant(
    _ name: String, _ dimensions: [Int], type: Int = 1, raw: Int? = nil, more: [UInt8] = []
  ) -> [UInt8] {
    let count = raw ?? 4 * dimensions.reduce(1) { $0 &* $1 }
    return bytes(
      5,
      dimensions.flatMap { number(1, $0) } + number(2, type) + text(8, name)
        + (count > 0 ? bytes(9, Array(repeating: 0, count: count)) : []) + more)
  }

  /// A constant whose elements lie elsewhere.
  package static func external(
    _ name: String, _ dimensions: [Int], at location: String, offset: String? = nil, length: String? = nil
  ) -> [UInt8] {
    func entry(_ key: String, _ value: String?) -> [UInt8] {
      value.map { bytes(13, text(1, key) + text(2, $0)) } ?? []
    }
    return constant(
      name, dimensions, raw: 0,
      more: entry("location", location) + entry("offset", offset) + entry("length", length) + number(14, 1))
  }

  package static func node(
    _ kind: String, _ inputs: [String], _ outputs: [String], more: [UInt8] = []
  ) -> [UInt8] {
    bytes(
      1,
      inputs.flatMap { text(1, $0) } + outputs.flatMap { text(2, $0) } + text(3, kind.lowercased())
        + text(4, kind)
        + more)
  }

  package static func attribute(_ name: String, integers: [Int]) -> [UInt8] {
    bytes(5, text(1, name) + integers.flatMap { number(8, $0) } + number(20, 7))
  }

  package static func attribute(_ name: String, integer: Int) -> [UInt8] {
    bytes(5, text(1, name) + number(3, integer) + number(20, 2))
  }

  /// A constant of float32 with these elements.
  package static func constant(_ name: String, _ dimensions: [Int], floats: [Float]) -> [UInt8] {
    let elements = floats.flatMap { float in
      (0..<4).map { UInt8(truncatingIfNeeded: float.bitPattern >> (8 * $0)) }
    }
    return constant(name, dimensions, raw: 0, more: bytes(9, elements))
  }

  /// A constant of int64 with these elements.
  package static func constant(_ name: String, _ dimensions: [Int], integers: [Int]) -> [UInt8] {
    let elements = integers.flatMap { number in (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    return constant(name, dimensions, type: 7, raw: 0, more: bytes(9, elements))
  }

  package static func port(_ field: UInt64, _ name: String, _ dimensions: [Int]) -> [UInt8] {
    let shape = dimensions.flatMap { bytes(1, number(1, $0)) }
    return bytes(field, text(1, name) + bytes(2, bytes(1, number(1, 1) + bytes(2, shape))))
  }

  /// A file with a graph of the given fields between one input and some outputs. An extent of 0 is free.
  package static func model(
    _ fields: [UInt8], input: [Int] = [1, 3, 8, 8],
    outputs: [(name: String, dimensions: [Int])] = [("output", [1, 5])],
    version: Int = 17, more: [UInt8] = []
  ) -> [UInt8] {
    let graph = fields + port(11, "input", input) + outputs.flatMap { port(12, $0.name, $0.dimensions) }
    return number(1, 8) + text(2, "specimen") + bytes(7, graph) + bytes(8, number(2, version)) + more
  }

  package static let relu = node("Relu", ["input"], ["output"])
  package static let sound = model(relu + constant("c", [2, 3]))
}
