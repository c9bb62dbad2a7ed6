/// The tags of a TIFF file's first page (TIFF 6.0, section 2; BigTIFF).
enum TIFFTags {
  /// Refuses tags whose values lie within each other: libtiff copies the value of each, so that a small file would take any memory.
  ///
  /// - Throws: ``ImageError`` with `corrupt` when all values together have more bytes than the file.
  static func check(_ bytes: Span<UInt8>) throws(ImageError) {
    guard bytes.count >= 16 else { return }
    let isLittle = bytes[0] == UInt8(ascii: "I")
    /// A number of so many bytes at a place; 0 where the file has none.
    func number(_ count: Int, at place: Int) -> UInt64 {
      guard place >= 0, place <= bytes.count - count else { return 0 }
      return (0..<count).reduce(0) { value, index in
        value << 8 | UInt64(bytes[place + (isLittle ? count - 1 - index : index)])
      }
    }
    let isBig = number(2, at: 2) == 43
    let start = Int(clamping: number(isBig ? 8 : 4, at: isBig ? 8 : 4))
    let (countSize, entrySize, wide) = isBig ? (8, 20, 8) : (2, 12, 4)
    guard start <= bytes.count - countSize else { return }
    let entries = min(Int(clamping: number(countSize, at: start)), (bytes.count - start) / entrySize)
    var total: UInt64 = 0
    for entry in 0..<entries {
      let place = start + countSize + entry * entrySize
      let type = Int(number(2, at: place + 2))
      let size = sizes.indices.contains(type) ? sizes[type] : 8
      let (byteCount, overflow) = number(wide, at: place + 4).multipliedReportingOverflow(by: size)
      guard !overflow, byteCount <= UInt64(bytes.count) else { continue }
      if byteCount > UInt64(wide) { total += byteCount }
      guard total <= UInt64(bytes.count) else {
        throw ImageError(.corrupt, "has tags whose values lie within each other")
      }
    }
  }

  /// The bytes of an element of each type: none, BYTE, ASCII, SHORT, LONG, RATIONAL, SBYTE, UNDEFINED, SSHORT, SLONG, SRATIONAL, FLOAT,
  /// DOUBLE, IFD, two that are none, and BigTIFF's LONG8, SLONG8, IFD8.
  private static let sizes: [UInt64] = [1, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 8, 8, 8]
}
