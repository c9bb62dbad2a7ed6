import Messages

extension PickleMachine {
  /// Numbers, texts and bytes.
  func pushConstant(_ opcode: UInt8, at position: Int) throws(WeightFileError) {
    switch opcode {
    case UInt8(ascii: "N"): try push(.none)
    case 0x88: try push(.bool(true))
    case 0x89: try push(.bool(false))
    case UInt8(ascii: "K"): try push(.int(Int(cursor.byte())))
    case UInt8(ascii: "M"): try push(.int(Int(cursor.integer(UInt16.self))))
    case UInt8(ascii: "J"): try push(.int(Int(cursor.integer(Int32.self))))
    case 0x8A: try pushInteger(bytes: Int(cursor.byte()))
    case 0x8B: try pushInteger(bytes: cursor.count(Int32.self))
    case UInt8(ascii: "G"):
      try push(.float(Double(bitPattern: cursor.integer(UInt64.self).byteSwapped)))
    case UInt8(ascii: "X"): try pushText(cursor.count(UInt32.self))
    case 0x8C: try pushText(Int(cursor.byte()))
    case 0x8D: try pushText(cursor.count(UInt64.self))
    case UInt8(ascii: "U"): try pushNarrowText(Int(cursor.byte()))
    case UInt8(ascii: "T"): try pushNarrowText(cursor.count(Int32.self))
    case UInt8(ascii: "C"): try pushBytes(Int(cursor.byte()))
    case UInt8(ascii: "B"): try pushBytes(cursor.count(UInt32.self))
    case 0x8E: try pushBytes(cursor.count(UInt64.self))
    default:
      throw WeightFileError(
        .unsupportedOpcode, file: cursor.path,
        "at byte \(position): the pickle instruction 0x\(String(opcode, radix: 16, uppercase: true)) "
          + "has no place in a file of weights")
    }
  }

  /// An integer of two's complement.
  private func pushInteger(bytes count: Int) throws(WeightFileError) {
    guard count <= 8 else {
      try cursor.skip(count)
      return try push(new: .bigInteger)
    }
    let bytes = try cursor.bytes(count)
    var value: UInt64 = bytes.last.map { $0 >= 0x80 ? .max : 0 } ?? 0
    for byte in bytes.reversed() { value = value << 8 | UInt64(byte) }
    try push(.int(Int(Int64(bitPattern: value))))
  }

  private func pushText(_ count: Int) throws(WeightFileError) {
    guard count <= Limit.text else { return try pushBytes(count) }
    try push(new: .string(text(cursor.bytes(count))), size: count)
  }

  /// A text of Python 2, which may be any bytes.
  private func pushNarrowText(_ count: Int) throws(WeightFileError) {
    guard count <= Limit.text else { return try pushBytes(count) }
    let bytes = try cursor.bytes(count)
    let text =
      String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    try push(new: .string(text), size: text.utf8.count)
  }

  private func pushBytes(_ count: Int) throws(WeightFileError) {
    try cursor.skip(count)
    try push(new: .blob)
  }
}
