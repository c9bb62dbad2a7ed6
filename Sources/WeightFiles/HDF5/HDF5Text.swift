import Files

extension HDF5Header {
  /// The text of an attribute (IV.A.2.m): of a fixed length, or in a global heap (III.E); nil when it is not there or no text.
  func text(ofAttribute name: String, in bytes: HDF5Bytes) -> String? {
    for message in messages where message.type == 0x0C {
      let cursor = ByteCursor(message.data, path: bytes.file.path)
      if let text = try? Self.text(cursor, of: name, in: bytes) { return text }
    }
    return nil
  }

  private static func text(
    _ cursor: ByteCursor, of name: String, in bytes: HDF5Bytes
  ) throws(WeightFileError) -> String? {
    let version = try cursor.byte()
    guard (1...3).contains(version) else { return nil }
    try cursor.skip(1)
    var sizes: [Int] = []
    for _ in 0..<3 { sizes.append(Int(try cursor.integer(UInt16.self))) }
    if version == 3 { try cursor.skip(1) }
    let padded = sizes.map { version == 1 ? ($0 + 7) / 8 * 8 : $0 }
    let own = try cursor.bytes(padded[0]).prefix { $0 != 0 }
    guard own.elementsEqual(name.utf8) else { return nil }
    let type = try cursor.bytes(padded[1])
    try cursor.skip(padded[2])
    switch type.first.map({ $0 & 0x0F }) {
    case 3: return String(validating: try cursor.bytes(cursor.remaining).prefix { $0 != 0 }, as: UTF8.self)
    case 9:
      let count = try cursor.count(UInt32.self)
      let heap = try cursor.hdf5Address()
      return try heapText(Int(try cursor.integer(UInt32.self)), count: count, at: heap, in: bytes)
    default: return nil
    }
  }

  private static func heapText(
    _ index: Int, count: Int, at address: Int, in bytes: HDF5Bytes
  ) throws(WeightFileError) -> String? {
    let head = try bytes.cursor(at: address, count: 16)
    guard try head.integer(UInt32.self) == 0x4C4F_4347, count <= HDF5Group.Limit.name else { return nil }
    try head.skip(4)
    let size = try head.hdf5Address()
    guard size <= 1 << 20 else { return nil }
    let objects = try bytes.cursor(at: address, count: size)
    try objects.skip(16)
    while objects.remaining >= 16 {
      let number = Int(try objects.integer(UInt16.self))
      try objects.skip(6)
      let length = try objects.hdf5Address()
      if number == index, length >= count {
        return String(validating: try objects.bytes(count), as: UTF8.self)
      }
      guard number != 0, length < 1 << 40 else { return nil }
      try objects.skip((length + 7) / 8 * 8)
    }
    return nil
  }
}
