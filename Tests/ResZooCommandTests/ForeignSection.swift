/// Adds a section that may be ignored to the bytes of a checkpoint, FORMAT §2 and §3.
enum ForeignSection {
  /// - Parameter kind: one that comes before all others but the first four, such as `evil`.
  static func added(to file: [UInt8], kind: String, content: [UInt8]) -> [UInt8] {
    let count = Int(number(file, at: 12, size: 4))
    let blobs = Array(file[Int(number(file, at: 24, size: 8))...])
    var records = (0..<count).map { Array(file[96 + 32 * $0..<128 + 32 * $0]) }
    var contents = records.map { record in
      let start = Int(number(record, at: 8, size: 8))
      return Array(file[start..<start + Int(number(record, at: 16, size: 4))])
    }
    let size = bytes(UInt64(content.count), size: 4)
    records.insert(
      Array(kind.utf8) + [0, 0, 3, 0] + bytes(0, size: 8) + size + size
        + bytes(UInt64(checksum(content)), size: 4) + bytes(0, size: 4), at: 4)
    contents.insert(content, at: 4)
    var offset = 96 + 32 * records.count
    for index in records.indices {
      records[index].replaceSubrange(8..<16, with: bytes(UInt64(offset), size: 8))
      offset += contents[index].count
    }
    let table = Array(records.joined())
    let blobOffset = (offset + 63) / 64 * 64
    var header = Array(file[..<96])
    header.replaceSubrange(10..<12, with: [9, 0])
    header.replaceSubrange(12..<16, with: bytes(UInt64(records.count), size: 4))
    header.replaceSubrange(16..<24, with: bytes(UInt64(blobOffset + blobs.count), size: 8))
    header.replaceSubrange(24..<32, with: bytes(UInt64(blobOffset), size: 8))
    header.replaceSubrange(88..<92, with: bytes(UInt64(checksum(table)), size: 4))
    header.replaceSubrange(92..<96, with: bytes(UInt64(checksum(Array(header[..<92]))), size: 4))
    let padding = [UInt8](repeating: 0, count: blobOffset - offset)
    return header + table + contents.joined() + padding + blobs
  }

  private static func number(_ bytes: [UInt8], at start: Int, size: Int) -> UInt64 {
    bytes[start..<start + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ number: UInt64, size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
  }

  /// CRC-32C, bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(UInt32.max) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0x82F6_3B78 : 0) }
    }
  }
}
