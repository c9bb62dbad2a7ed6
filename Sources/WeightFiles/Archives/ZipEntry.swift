import Files
import Messages

/// One file in a zip archive.
struct ZipEntry {
  enum Method {
    case stored
    case deflated
  }

  var name: String
  var method: Method
  /// CRC-32 of the bytes; nil when it was never computed.
  var checksum: UInt32?
  /// Bytes in the archive.
  var storedCount: Int
  /// Bytes when decoded.
  var byteCount: Int
  /// The first byte of the entry's own header.
  var header: Int
  /// The first byte of its content, as the entry's own header says.
  var start = 0
}

extension ZipEntry {
  /// Reads one entry of the central directory.
  init(_ cursor: ByteCursor) throws(WeightFileError) {
    guard try cursor.integer(UInt32.self) == 0x0201_4B50 else {
      throw cursor.fault(.malformedArchive, "this is no entry of a zip directory")
    }
    try cursor.skip(4)  // Versions.
    let flags = try cursor.integer(UInt16.self)
    let method = try cursor.integer(UInt16.self)
    try cursor.skip(4)  // Time and date.
    let checksum = try cursor.integer(UInt32.self)
    let sizes = try (cursor.integer(UInt32.self), cursor.integer(UInt32.self))
    let nameCount = try Int(cursor.integer(UInt16.self))
    let extraCount = try Int(cursor.integer(UInt16.self))
    let commentCount = try Int(cursor.integer(UInt16.self))
    try cursor.skip(8)  // Volume, attributes.
    let header = try cursor.integer(UInt32.self)
    name = try Self.name(cursor.bytes(nameCount), cursor)
    let extra = try cursor.bytes(extraCount)
    try cursor.skip(commentCount)
    (byteCount, storedCount, self.header) = try Self.large(
      sizes: (sizes.1, sizes.0), header: header,
      extra: ByteCursor(extra, path: cursor.path, shortage: .malformedArchive))
    // Encrypted, strongly encrypted, or with a masked directory.
    guard flags & 0x2041 == 0 else { throw cursor.fault(.encrypted, "the entry '\(name)' is encrypted") }
    switch method {
    case 0: self.method = .stored
    case 8: self.method = .deflated
    default:
      throw cursor.fault(
        .unsupportedCompression,
        "the entry '\(name)' is compressed by method \(method); only 0 (stored) and 8 (deflate) are read")
    }
    guard method != 0 || storedCount == byteCount else {
      throw cursor.fault(
        .malformedArchive,
        "the entry '\(name)' is stored as it is, in \(storedCount) bytes, but has \(byteCount)")
    }
    self.checksum = checksum == 0 && byteCount > 0 ? nil : checksum
  }

  /// Sizes and header position, from the zip64 field where the small fields are full.
  private static func large(
    sizes: (UInt32, UInt32), header: UInt32, extra: ByteCursor
  ) throws(WeightFileError) -> (Int, Int, Int) {
    var values = [Int(sizes.0), Int(sizes.1), Int(header)]
    var isMissing = values.map { $0 == 0xFFFF_FFFF }
    while extra.remaining >= 4 {
      let kind = try extra.integer(UInt16.self)
      let field = try ByteCursor(
        extra.bytes(Int(extra.integer(UInt16.self))), path: extra.path, shortage: .malformedArchive)
      guard kind == 1 else { continue }
      for index in values.indices where isMissing[index] {
        values[index] = try field.count(UInt64.self)
        isMissing[index] = false
      }
    }
    guard !isMissing.contains(true) else { throw extra.fault(.malformedArchive, "a zip64 field is missing") }
    return (values[0], values[1], values[2])
  }

  private static func name(_ bytes: [UInt8], _ cursor: ByteCursor) throws(WeightFileError) -> String {
    guard let name = String(validating: bytes, as: UTF8.self), !name.isEmpty,
      name.utf8.count <= ZipArchive.Limit.name, name.utf8.first != UInt8(ascii: "/"), !name.hasByte("\\"),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      !name.pathParts.contains("..")
    else {
      let shown = String(decoding: bytes.prefix(80), as: UTF8.self).debugDescription
      throw cursor.fault(
        .unsafeName,
        "an entry named \(shown): a name has 1 to \(ZipArchive.Limit.name) bytes, no control characters, and does not lead "
          + "out of the archive")
    }
    return name
  }

  /// Reads the entry's own header and returns where its bytes begin.
  func locate(in file: InputFile, before directory: Int) throws(WeightFileError) -> Int {
    guard header <= directory else {
      throw WeightFileError(
        .malformedArchive, file: file.path, "'\(name)' should begin at byte \(header), in the directory")
    }
    let end = min(directory, header + 30 + 2 * 0xFFFF)
    let cursor = ByteCursor(
      try file.array(in: header..<min(end, header + 30 + name.utf8.count)), path: file.path,
      shortage: .malformedArchive)
    guard try cursor.integer(UInt32.self) == 0x0403_4B50 else {
      throw WeightFileError(
        .malformedArchive, file: file.path, "no entry begins at byte \(header), where '\(name)' should be")
    }
    try cursor.skip(2)
    let flags = try cursor.integer(UInt16.self)
    let method = try cursor.integer(UInt16.self)
    try cursor.skip(4)
    let checksum = try cursor.integer(UInt32.self)
    let sizes = try (cursor.integer(UInt32.self), cursor.integer(UInt32.self))
    let nameCount = try Int(cursor.integer(UInt16.self))
    let extraCount = try Int(cursor.integer(UInt16.self))
    func fault(_ message: String) -> WeightFileError {
      WeightFileError(
        .malformedArchive, file: file.path, "the header of '\(name)' at byte \(header) \(message)")
    }
    guard flags & 0x2041 == 0 else {
      throw WeightFileError(.encrypted, file: file.path, "the entry '\(name)' is encrypted")
    }
    guard method == (self.method == .stored ? 0 : 8) else { throw fault("names another compression") }
    // With bit 3 the numbers follow the bytes, and stand in the directory.
    if flags & 8 == 0, sizes.0 != .max, sizes.1 != .max {
      guard Int(sizes.0) == storedCount, Int(sizes.1) == byteCount, checksum == self.checksum ?? 0 else {
        throw fault("has other sizes or another checksum than the directory")
      }
    }
    guard nameCount == name.utf8.count, try cursor.bytes(nameCount) == Array(name.utf8) else {
      throw fault("has another name")
    }
    let start = header + 30 + nameCount + extraCount
    guard start <= directory, storedCount <= directory - start else {
      throw fault("announces \(storedCount) bytes, more than there are before the directory")
    }
    return start
  }
}
