import TensorCore

/// Checkpoints whose checksums and lengths are right, whatever else is in them (FORMAT §2, §3, §5).
enum CheckpointFile {
  /// The file with its lengths and the checksums of its index computed anew.
  static func repaired(_ file: [UInt8]) -> [UInt8] {
    var file = file
    guard file.count >= 96, let blobOffset = file.integer(UInt64.self, at: 24) else { return file }
    file.put(UInt64(file.count), at: 16)
    if blobOffset <= file.count { file.put(UInt64(file.count - blobOffset), at: 32) }
    let sections = min(file.integer(UInt32.self, at: 12) ?? 0, 64)
    for record in (0..<sections).map({ 96 + 32 * $0 }) {
      guard let offset = file.integer(UInt64.self, at: record + 8),
        let length = file.integer(UInt32.self, at: record + 16), offset <= file.count
      else { continue }
      file.put(CRC32C.checksum(of: file.part(from: offset, count: length)), at: record + 24)
    }
    return sealed(file, sections: sections)
  }

  /// A file out of its parts. The input begins with the stored and the decoded length of the four sections, two bytes each, where a
  /// decoded length of 0 means that the section is stored as it is; then come the sections, then the blobs.
  static func assembled(_ input: [UInt8]) -> [UInt8] {
    var rest = input.dropFirst(16)
    var contents: [[UInt8]] = []
    var table: [UInt8] = []
    var offset = 96 + 4 * 32
    for (number, kind) in ["arch", "meta", "tens", "chnk"].enumerated() {
      let content = rest.prefix(input.integer(UInt16.self, at: 4 * number) ?? 0)
      rest = rest.dropFirst(content.count)
      contents.append(Array(content))
      let decoded = input.integer(UInt16.self, at: 4 * number + 2) ?? 0
      var record = Array(kind.utf8) + [UInt8](repeating: 0, count: 28)
      record[4] = decoded > 0 ? 1 : 0
      record[5] = 1
      record.put(UInt16(1), at: 6)
      record.put(UInt64(offset), at: 8)
      record.put(UInt32(content.count), at: 16)
      record.put(UInt32(decoded > 0 ? decoded : content.count), at: 20)
      table += record
      offset += content.count
    }
    contents[3] = withChecksums(contents[3], of: Array(rest))
    var file = [UInt8](repeating: 0, count: 96) + table + contents.joined()
    file += [UInt8](repeating: 0, count: (64 - file.count % 64) % 64)
    file.put(UInt64(0x0A1A_0A0D_4F5A_528D), at: 0)
    file.put(UInt32(0x1_0001), at: 8)
    file.put(UInt32(4), at: 12)
    file.put(UInt64(file.count), at: 24)
    return repaired(file + rest)
  }

  /// A file of one float tensor `w` in one chunk of the grouped codec. The input begins with the element type and the number of
  /// elements, of two bytes; the rest is what the chunk stores.
  static func grouped(_ input: [UInt8]) -> [UInt8] {
    let type = 1 + (input.first ?? 0) % 4
    let stored = Array(input.dropFirst(3))
    var directory: [UInt8] = [1, 0, 0, 0, 22, 0, 0, 0, 1, UInt8(ascii: "w"), type, 1, 0, 0, 0, 0, 0]
    directory.put(UInt32(input.integer(UInt16.self, at: 1) ?? 0), at: 13)
    var chunk = [UInt8](repeating: 0, count: 8)
    chunk.put(UInt32(stored.count & 0xFF_FFFF | 1 << 24), at: 0)
    var lengths = [UInt8](repeating: 0, count: 16)
    for (number, count) in [2, 2, directory.count, chunk.count].enumerated() {
      lengths.put(UInt16(count), at: 4 * number)
    }
    return assembled(lengths + Array("{}{}".utf8) + directory + chunk + stored)
  }

  /// The chunk table with the checksums of blobs that each consist of one chunk.
  private static func withChecksums(_ table: [UInt8], of blobs: [UInt8]) -> [UInt8] {
    var table = table
    var position = 0
    for record in stride(from: 0, to: table.count - 7, by: 8) {
      let length = (table.integer(UInt32.self, at: record) ?? 0) & 0xFF_FFFF
      if table[record + 3] == 0 { position = (position + 63) & ~63 }
      table.put(CRC32C.checksum(of: blobs.part(from: position, count: length)), at: record + 4)
      position += length
    }
    return table
  }

  /// The file with the checksums of the section table and of the header.
  private static func sealed(_ file: [UInt8], sections: Int) -> [UInt8] {
    var file = file
    file.put(CRC32C.checksum(of: file.part(from: 96, count: 32 * sections)), at: 88)
    file.put(CRC32C.checksum(of: Array(file[..<92])), at: 92)
    return file
  }
}
