import Messages

extension PickleMachine {
  /// Pushes a number, a text or bytes.
  ///
  /// - Returns: false for other instructions, and for those of protocol 0, which PyTorch does not write.
  func pushConstant(_ opcode: PickleOpcode) throws(WeightFileError) -> Bool {
    switch opcode {
    case .none: try push(.none)
    case .newtrue: try push(.bool(true))
    case .newfalse: try push(.bool(false))
    case .binint1: try push(.int(Int(cursor.byte())))
    case .binint2: try push(.int(Int(cursor.integer(UInt16.self))))
    case .binint: try push(.int(Int(cursor.integer(Int32.self))))
    case .long1: try pushInteger(bytes: Int(cursor.byte()))
    case .long4: try pushInteger(bytes: cursor.count(Int32.self))
    case .binfloat: try push(.float(Double(bitPattern: cursor.integer(UInt64.self).byteSwapped)))
    case .binunicode: try pushText(cursor.count(UInt32.self))
    case .shortBinunicode: try pushText(Int(cursor.byte()))
    case .binunicode8: try pushText(cursor.count(UInt64.self))
    case .shortBinstring: try pushNarrowText(Int(cursor.byte()))
    case .binstring: try pushNarrowText(cursor.count(Int32.self))
    case .shortBinbytes: try pushBytes(Int(cursor.byte()))
    case .binbytes: try pushBytes(cursor.count(UInt32.self))
    case .binbytes8, .bytearray8: try pushBytes(cursor.count(UInt64.self))
    default: return false
    }
    return true
  }

  /// Pushes an integer in two's complement.
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
    guard count <= Limit.text else { return try pushBytes(count, isText: true) }
    let place = cursor.place(ofNext: count, isText: true)
    try push(new: .string(text(cursor.bytes(count))), size: count)
    try remember(place)
  }

  /// Keeps the place of the text that was pushed last.
  private func remember(_ place: PickledBytes?) throws(WeightFileError) {
    guard let place else { return }
    try charge(48)
    texts[heap.nodes.count - 1] = place
  }

  /// Pushes a text of Python 2, which may be any bytes.
  private func pushNarrowText(_ count: Int) throws(WeightFileError) {
    guard count <= Limit.text else { return try pushBytes(count) }
    let place = cursor.place(ofNext: count)
    let bytes = try cursor.bytes(count)
    let text =
      String(validating: bytes, as: UTF8.self)
      ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    try push(new: .string(text), size: text.utf8.count)
    try remember(place)
  }

  private func pushBytes(_ count: Int, isText: Bool = false) throws(WeightFileError) {
    let place = cursor.place(ofNext: count, isText: isText)
    try cursor.skip(count)
    skippedBytes += count
    try push(new: .blob(place))
  }
}

extension ByteCursor {
  /// The place in the file of bytes that come next; nil where they are in memory alone.
  fileprivate func place(ofNext count: Int, isText: Bool = false) -> PickledBytes? {
    guard isInFile, count >= 0, count <= remaining else { return nil }
    return PickledBytes(range: position..<(position + count), isText: isText)
  }
}
