import Messages

/// The instructions, as Python's `pickletools` lists them.
extension PickleSurveyor {
  func step(_ opcode: UInt8, at position: Int) throws(WeightFileError) {
    if try stepConstant(opcode) { return }
    if let name = Self.unneeded[opcode] {
      note(name, at: position, "has no place in a file of weights")
    }
    switch opcode {
    case 0x80: try cursor.skip(1)
    case 0x95: try cursor.skip(8)
    case UInt8(ascii: "("): try push(.mark)
    case UInt8(ascii: "c"): try push(global("\(line()).\(line())", at: position))
    case 0x93: try pushStackGlobal(at: position)
    case UInt8(ascii: "R"):
      pop()
      try push(call(pop(), "REDUCE", at: position))
    case 0x81:
      pop()
      try push(call(pop(), "NEWOBJ", at: position))
    case 0x92:
      pop(2)
      try push(call(pop(), "NEWOBJ_EX", at: position))
    case UInt8(ascii: "i"):
      let callee = global("\(try line()).\(try line())", at: position)
      popMark()
      try push(call(callee, "INST", at: position))
    case UInt8(ascii: "o"): try push(call(popMark(), "OBJ", at: position))
    case UInt8(ascii: "b"): build(at: position)
    case UInt8(ascii: "Q"):
      pop()
      try push(.other)
    case UInt8(ascii: "P"):
      _ = try line()
      try push(.other)
    case 0x82, 0x83, 0x84:
      try cursor.skip(opcode == 0x84 ? 4 : Int(opcode) - 0x81)
      try push(.other)
    default: try stepContainer(opcode, at: position)
    }
  }

  private func pushStackGlobal(at position: Int) throws(WeightFileError) {
    let name = text(of: pop())
    guard let module = text(of: pop()), let name else {
      note("STACK_GLOBAL", at: position, "names something by other values than texts")
      return try push(.other)
    }
    try push(global("\(module).\(name)", at: position))
  }

  private func stepContainer(_ opcode: UInt8, at position: Int) throws(WeightFileError) {
    switch opcode {
    case UInt8(ascii: "0"): pop()
    case UInt8(ascii: "1"): popMark()
    case UInt8(ascii: "2"): try push(stack.last ?? .other)
    case UInt8(ascii: "t"), UInt8(ascii: "l"), UInt8(ascii: "d"), 0x91:
      popMark()
      try push(.other)
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"), 0x8F: try push(.other)
    case 0x85...0x87:
      pop(Int(opcode) - 0x84)
      try push(.other)
    case UInt8(ascii: "a"): pop()
    case UInt8(ascii: "s"): pop(2)
    case UInt8(ascii: "e"), UInt8(ascii: "u"), 0x90: popMark()
    case UInt8(ascii: "q"): remember(Int(try cursor.byte()))
    case UInt8(ascii: "r"): remember(Int(try cursor.integer(UInt32.self)))
    case UInt8(ascii: "p"): remember(Int(try line()) ?? -1)
    case 0x94: rememberNext()
    case UInt8(ascii: "h"): try recall(Int(cursor.byte()))
    case UInt8(ascii: "j"): try recall(Int(cursor.integer(UInt32.self)))
    case UInt8(ascii: "g"): try recall(Int(line()) ?? -1)
    case 0x97: try push(.other)
    case 0x98: break
    default:
      throw WeightFileError(
        .unsupportedOpcode, file: cursor.path,
        "at byte \(position): 0x\(String(opcode, radix: 16, uppercase: true)) is no pickle instruction")
    }
  }

  /// Numbers, texts and bytes; false for other instructions.
  private func stepConstant(_ opcode: UInt8) throws(WeightFileError) -> Bool {
    switch opcode {
    case UInt8(ascii: "N"), 0x88, 0x89: break
    case UInt8(ascii: "K"): try cursor.skip(1)
    case UInt8(ascii: "M"): try cursor.skip(2)
    case UInt8(ascii: "J"): try cursor.skip(4)
    case UInt8(ascii: "G"): try cursor.skip(8)
    case 0x8A, UInt8(ascii: "C"): try cursor.skip(Int(cursor.byte()))
    case 0x8B: try cursor.skip(cursor.count(Int32.self))
    case UInt8(ascii: "B"): try cursor.skip(cursor.count(UInt32.self))
    case 0x8E: try cursor.skip(cursor.count(UInt64.self))
    case UInt8(ascii: "X"): return try pushText(cursor.count(UInt32.self))
    case 0x8C, UInt8(ascii: "U"): return try pushText(Int(cursor.byte()))
    case UInt8(ascii: "T"): return try pushText(cursor.count(Int32.self))
    case 0x8D: return try pushText(cursor.count(UInt64.self))
    default: return false
    }
    try push(.other)
    return true
  }

  private func pushText(_ count: Int) throws(WeightFileError) -> Bool {
    try push(text(count))
    return true
  }

  /// What the reader of weights refuses wherever it stands.
  private static let unneeded: [UInt8: String] = [
    0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x50: "PERSID", 0x69: "INST", 0x6F: "OBJ", 0x82: "EXT1",
    0x83: "EXT2", 0x84: "EXT4", 0x92: "NEWOBJ_EX", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER", 0x6C: "LIST",
    0x64: "DICT", 0x70: "PUT", 0x67: "GET",
  ]
}
