import Messages

/// The effect of each instruction, as far as names and calls go.
extension PickleSurveyor {
  func step(_ byte: UInt8, at position: Int) throws(WeightFileError) {
    guard let opcode = PickleOpcode(rawValue: byte) else {
      throw WeightFileError(
        .unsupportedOpcode, file: cursor.path,
        "at byte \(position): \(PickleOpcode.hexadecimal(byte)) is no pickle instruction")
    }
    if Self.unneeded.contains(opcode) {
      note(opcode, at: position, "has no place in a file of weights")
    }
    if try stepConstant(opcode) { return }
    switch opcode {
    case .proto: try cursor.skip(1)
    case .frame: try cursor.skip(8)
    case .mark: try push(.mark)
    case .global: try push(global(GlobalName(module: line(), attribute: line()), at: position))
    case .stackGlobal: try pushStackGlobal(at: position)
    case .reduce, .newobj:
      let arguments = pop()
      try push(call(pop(), arguments, opcode, at: position))
    case .newobjEx:
      pop(2)
      try push(call(pop(), .other, opcode, at: position))
    case .inst:
      let callee = try global(GlobalName(module: line(), attribute: line()), at: position)
      popMark()
      try push(call(callee, .other, opcode, at: position))
    case .obj: try push(call(popMark(), .other, opcode, at: position))
    case .build: build(at: position)
    case .binpersid:
      pop()
      try push(.other)
    case .persid:
      _ = try line()
      try push(.other)
    case .ext1, .ext2, .ext4:
      try cursor.skip(opcode == .ext1 ? 1 : opcode == .ext2 ? 2 : 4)
      try push(.other)
    default: try stepContainer(opcode)
    }
  }

  private func pushStackGlobal(at position: Int) throws(WeightFileError) {
    let name = text(of: pop())
    guard let module = text(of: pop()), let name else {
      note(.stackGlobal, at: position, "names something by other values than texts")
      return try push(.other)
    }
    try push(global(GlobalName(module: module, attribute: name), at: position))
  }

  /// Follows an instruction of the stack, of containers or of the memo.
  private func stepContainer(_ opcode: PickleOpcode) throws(WeightFileError) {
    switch opcode {
    case .pop: pop()
    case .popMark: popMark()
    case .dup: try push(stack.last ?? .other)
    case .tuple: try push(popTuple())
    case .list, .dict, .frozenset:
      popMark()
      try push(.other)
    case .emptyTuple, .emptyList, .emptyDict, .emptySet, .nextBuffer: try push(.other)
    case .tuple1, .tuple2, .tuple3:
      try push(popTuple(opcode == .tuple1 ? 1 : opcode == .tuple2 ? 2 : 3))
    case .append: pop()
    case .setitem: pop(2)
    case .appends, .setitems, .additems: popMark()
    case .binput: try remember(Int(cursor.byte()))
    case .longBinput: try remember(Int(cursor.integer(UInt32.self)))
    case .put: try remember(Int(line()) ?? -1)
    case .memoize: try rememberNext()
    case .binget: try recall(Int(cursor.byte()))
    case .longBinget: try recall(Int(cursor.integer(UInt32.self)))
    case .get: try recall(Int(line()) ?? -1)
    default: break
    }
  }

  /// Skips a number, a text or bytes, and keeps a text that may become a name.
  ///
  /// - Returns: false for other instructions.
  private func stepConstant(_ opcode: PickleOpcode) throws(WeightFileError) -> Bool {
    switch opcode {
    case .none, .newtrue, .newfalse: break
    case .int, .long, .float, .string, .unicode: _ = try line()
    case .binint1: try cursor.skip(1)
    case .binint2: try cursor.skip(2)
    case .binint: try cursor.skip(4)
    case .binfloat: try cursor.skip(8)
    case .long1: try cursor.skip(Int(cursor.byte()))
    case .shortBinbytes: try skipBlob(Int(cursor.byte()))
    case .long4: try cursor.skip(cursor.count(Int32.self))
    case .binbytes: try skipBlob(cursor.count(UInt32.self))
    case .binbytes8, .bytearray8: try skipBlob(cursor.count(UInt64.self))
    case .binunicode: return try pushText(cursor.count(UInt32.self))
    case .shortBinunicode, .shortBinstring: return try pushText(Int(cursor.byte()))
    case .binstring: return try pushText(cursor.count(Int32.self))
    case .binunicode8: return try pushText(cursor.count(UInt64.self))
    default: return false
    }
    try push(.other)
    return true
  }

  private func pushText(_ count: Int) throws(WeightFileError) -> Bool {
    try push(text(count))
    return true
  }

  /// The instructions that the reader of weights refuses wherever they stand.
  private static let unneeded: Set<PickleOpcode> = [
    .dup, .int, .long, .float, .string, .unicode, .nextBuffer, .readonlyBuffer, .list, .dict, .put, .get,
    .persid, .inst,
    .obj, .ext1, .ext2, .ext4,
  ]
}
