/// TAR archives whose checksums are right, whatever else is in them.
enum TarFile {
  /// The archive with the checksum of each header computed anew.
  static func repaired(_ file: [UInt8]) -> [UInt8] {
    var file = file
    var position = 0
    while position + 512 <= file.count, file[position] != 0 {
      for index in 148..<156 { file[position + index] = 0x20 }
      let sum = file[position..<position + 512].reduce(0) { $0 + Int($1) }
      let digits = String(sum, radix: 8)
      let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0"
      for (index, byte) in text.utf8.enumerated() { file[position + 148 + index] = byte }
      let size = file[(position + 124)..<(position + 136)].prefix { (0x30...0x37).contains($0) }
        .reduce(0) { $0 << 3 | Int($1 & 7) }
      guard size <= file.count else { break }
      position += 512 + (size + 511) / 512 * 512
    }
    return file
  }
}
