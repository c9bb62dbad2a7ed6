/// Zip archives whose checksums are right, whatever else is in them.
enum ZipFile {
  /// The archive with the checksum of each stored entry computed anew, in the directory and in the entry's own header.
  static func repaired(_ file: [UInt8]) -> [UInt8] {
    var file = file
    let end = file.count - 22
    guard file.integer(UInt32.self, at: end) == 0x0605_4B50,
      var position = file.integer(UInt32.self, at: end + 16)
    else { return file }
    while file.integer(UInt32.self, at: position) == 0x0201_4B50,
      let size = file.integer(UInt32.self, at: position + 20),
      let header = file.integer(UInt32.self, at: position + 42)
    {
      func length(_ field: Int) -> Int { file.integer(UInt16.self, at: field) ?? 0 }
      let start = header + 30 + length(header + 26) + length(header + 28)
      if length(position + 10) == 0, start <= file.count, size <= file.count - start {
        let sum = checksum(file[start..<start + size])
        file.put(sum, at: position + 16)
        if length(header + 6) & 8 == 0 { file.put(sum, at: header + 14) }
      }
      position += 46 + length(position + 28) + length(position + 30) + length(position + 32)
    }
    return file
  }

  /// An archive as PyTorch writes it, with two storages of 64 bytes, `0` and `1`.
  static func archive(ofPickle pickle: [UInt8]) -> [UInt8] {
    let storage = (0..<64).map(UInt8.init)
    let entries = [("a/data.pkl", pickle), ("a/data/0", storage), ("a/data/1", storage)]
    var file: [UInt8] = []
    var directory: [UInt8] = []
    for (name, data) in entries {
      // From the flags to the name's length, which both headers have.
      var fields = [UInt8](repeating: 0, count: 22)
      fields.put(checksum(data[...]), at: 8)
      fields.put(UInt32(data.count), at: 12)
      fields.put(UInt32(data.count), at: 16)
      fields.put(UInt16(name.utf8.count), at: 20)
      var more = [UInt8](repeating: 0, count: 16)
      more.put(UInt32(file.count), at: 12)
      directory += [0x50, 0x4B, 1, 2, 20, 0, 20, 0] + fields + [0, 0] + more.dropFirst(2) + name.utf8
      file += [0x50, 0x4B, 3, 4, 20, 0] + fields + [0, 0] + name.utf8 + data
    }
    var end = [UInt8](repeating: 0, count: 22)
    end.put(UInt32(0x0605_4B50), at: 0)
    end.put(UInt16(entries.count), at: 8)
    end.put(UInt16(entries.count), at: 10)
    end.put(UInt32(directory.count), at: 12)
    end.put(UInt32(file.count), at: 16)
    return file + directory + end
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
  }

  /// CRC-32, as zip archives and PNG images have it.
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    ~bytes.reduce(.max) { table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] ^ $0 >> 8 }
  }
}
