import TensorCore

extension InputFile {
  /// The most bytes of a line of a text that people or programs write in lines.
  package static var lineLimit: Int { 1 << 20 }

  /// The whole of a text in lines. The first line that is too long ends the reading, whatever comes after it.
  ///
  /// - Throws: ``FileError`` with `tooLarge` for more than `limit` bytes, or a line of more than ``lineLimit``.
  package func readLines(limit: Int) throws(FileError) -> [UInt8] {
    guard byteCount <= UInt64(limit) else {
      throw FileError(.tooLarge, path: path, "has \(byteCount) bytes; at most \(limit) are read")
    }
    var text: [UInt8] = []
    var (line, lineStart) = (1, 0)
    while text.count < byteCount {
      let start = text.count
      let piece = try read(count: min(Self.lineLimit, Int(byteCount) - start), at: UInt64(start))
      unsafe piece.bytes.withUnsafeBytes { bytes in unsafe text.append(contentsOf: bytes) }
      for position in start..<text.count where text[position] == 0x0A {
        // A line that begins in the piece is no longer than it.
        if position - lineStart > Self.lineLimit { break }
        (line, lineStart) = (line + 1, position + 1)
      }
      guard text.count - lineStart <= Self.lineLimit else {
        throw FileError(
          .tooLarge, path: path, at: UInt64(lineStart),
          "line \(line) has more than \(Self.lineLimit) bytes; is this a text?")
      }
    }
    return text
  }
}
