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

  /// A file out of its parts. The input begins with the stored and the decoded length of each section, two bytes each, where a
  /// decoded length of 0 means that the section is stored as it is; then come the sections, then the blobs.
  ///
  /// - Parameter further: the kind of a fifth section. The 32 bytes after the lengths are the content root then.
  static func assembled(_ input: [UInt8], further: String? = nil) -> [UInt8] {
    let kinds = ["arch", "meta", "tens", "chnk"] + [further].compactMap(\.self)
    let root = further == nil ? [] : input.part(from: 4 * kinds.count, count: 32)
    var rest = input.dropFirst(4 * kinds.count + root.count)
    var contents: [[UInt8]] = []
    var table: [UInt8] = []
    var offset = 96 + kinds.count * 32
    for (number, kind) in kinds.enumerated() {
      let content = rest.prefix(input.integer(UInt16.self, at: 4 * number) ?? 0)
      rest = rest.dropFirst(content.count)
      contents.append(Array(content))
      let decoded = input.integer(UInt16.self, at: 4 * number + 2) ?? 0
      var record = Array(kind.utf8) + [UInt8](repeating: 0, count: 28)
      record[4] = decoded > 0 ? 1 : 0
      record[5] = kind == "sign" ? 0 : 1
      record.put(UInt16(number < 4 ? 1 : 2), at: 6)
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
    file.put(UInt16(further == "base" ? 2 : 1), at: 8)
    file.put(UInt16(2), at: 10)
    file.put(UInt32(kinds.count), at: 12)
    file.put(UInt64(file.count), at: 24)
    for (index, byte) in root.enumerated() { file[40 + index] = byte }
    return repaired(file + rest)
  }

  /// A file of one float tensor `w` in one chunk of the grouped codec. The input begins with the element type and the number of
  /// elements, of two bytes; the rest is what the chunk stores.
  static func grouped(_ input: [UInt8]) -> [UInt8] {
    let extents = [input.integer(UInt16.self, at: 1) ?? 0]
    return file(
      type: 1 + (input.first ?? 0) % 4, extents: extents, codec: 1, stored: Array(input.dropFirst(3)))
  }

  /// A file of one tensor `w` of 8-bit integers, [channels, elements of a channel], in one chunk. The input begins with the two
  /// extents and the codec; the rest is what the chunk stores.
  static func scaled(_ input: [UInt8]) -> [UInt8] {
    let extents = input.part(from: 0, count: 2).map(Int.init)
    return file(
      type: 6, extents: extents, codec: input.part(from: 2, count: 1).first ?? 0,
      stored: Array(input.dropFirst(3)))
  }

  /// A file of one tensor `w` in one chunk.
  private static func file(type: UInt8, extents: [Int], codec: UInt8, stored: [UInt8]) -> [UInt8] {
    var directory: [UInt8] = [1, 0, 0, 0, 22, 0, 0, 0, 1, UInt8(ascii: "w"), type, UInt8(extents.count), 0]
    for extent in extents {
      directory += [0, 0, 0, 0]
      directory.put(UInt32(extent), at: directory.count - 4)
    }
    var chunk = [UInt8](repeating: 0, count: 8)
    chunk.put(UInt32(stored.count & 0xFF_FFFF) | UInt32(codec) << 24, at: 0)
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
