/// The value of one field of a protocol buffer's message.
enum WireValue {
  /// A number of variable length.
  case number(UInt64)
  /// Eight bytes.
  case bits64(UInt64)
  /// Four bytes.
  case bits32(UInt32)
  /// A text, a message, or packed numbers: the place in the file. Nothing of it is read yet.
  case bytes(Range<Int>)
}

/// The wire format of protocol buffers, as far as ONNX uses it.
extension ByteCursor {
  /// Consumes the fields up to `end`, and calls `body` with the number and the value of each. `body` may consume bytes of the
  /// field that it is given; what it leaves is skipped.
  ///
  /// - Throws: ``WeightFileError`` with `malformedGraph`, or whatever `body` throws.
  func fields(
    until end: Int, _ body: (Int, WireValue) throws(WeightFileError) -> Void
  ) throws(WeightFileError) {
    while position < end {
      let tag = try varint()
      guard tag >> 3 > 0, tag >> 3 < 1 << 29 else { throw fault(.malformedGraph, "a field has no number") }
      let field = Int(tag >> 3)
      switch tag & 7 {
      case 0: try body(field, .number(try varint()))
      case 1: try body(field, .bits64(try integer()))
      case 2:
        let size = try varint()
        guard position <= end, size <= UInt64(end - position) else {
          throw fault(.malformedGraph, "a field of \(size) bytes ends beyond the one that it is part of")
        }
        let range = position..<position + Int(size)
        try body(field, .bytes(range))
        try skip(range.upperBound - position)
      case 5: try body(field, .bits32(try integer()))
      default: throw fault(.malformedGraph, "a field of kind \(tag & 7), which ONNX does not have")
      }
    }
    guard position == end else {
      throw fault(.malformedGraph, "a field ends beyond the one that it is part of")
    }
  }

  /// Consumes a number of variable length: seven bits in each byte, the lowest first.
  func varint() throws(WeightFileError) -> UInt64 {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      let byte = try byte()
      if shift == 63, byte > 1 { break }
      value |= UInt64(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value }
    }
    throw fault(.malformedGraph, "a number is longer than 64 bits")
  }
}
