/// Tar archives as POSIX.1-1988 has them.
package enum TarArchive {
  /// An archive of files with these names, of at most 100 bytes each, and contents.
  package static func bytes(of files: [(name: String, content: [UInt8])]) -> [UInt8] {
    files.flatMap { header($0.name, byteCount: $0.content.count) + padded($0.content) }
      + [UInt8](repeating: 0, count: 1024)
  }

  private static func padded(_ content: [UInt8]) -> [UInt8] {
    content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private static func header(_ name: String, byteCount: Int) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at position: Int) {
      for (index, byte) in text.utf8.enumerated() { header[position + index] = byte }
    }
    put(name, at: 0)
    put("0000644", at: 100)
    put(octal(byteCount, digits: 11), at: 124)
    put("        0", at: 148)
    put("ustar\u{0}00", at: 257)
    put(octal(header.reduce(0) { $0 + Int($1) }, digits: 6) + "\u{0} ", at: 148)
    return header
  }

  private static func octal(_ number: Int, digits: Int) -> String {
    let text = String(number, radix: 8)
    return String(repeating: "0", count: digits - text.count) + text
  }
}
