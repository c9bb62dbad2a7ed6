import Files
import Messages

/// The files in a TAR archive, POSIX.1-1988 ustar and its GNU spelling.
struct TarArchive {
  var entries: [String: Range<Int>] = [:]

  private static let block = 512
  private static let entryLimit = 1024
  /// The most bytes from the end mark on; writers fill up blocks of some kilobytes with zeros.
  private static let endLimit = 1 << 20

  /// - Throws: ``WeightFileError`` with `truncated`, `malformedArchive`, `checksumMismatch`, `unsafeName` or
  ///   `duplicateEntry`.
  init(_ file: InputFile) throws(WeightFileError) {
    var position = 0
    var isEnded = false
    while position < file.size {
      guard file.size - position >= Self.block else {
        throw WeightFileError(.truncated, file: file.path, "the TAR archive ends within a block")
      }
      let header = try file.array(in: position..<(position + Self.block))
      position += Self.block
      if header.allSatisfy({ $0 == 0 }) {
        isEnded = true
        guard file.size - position <= Self.endLimit else {
          throw WeightFileError(
            .unclaimedBytes, file: file.path,
            "\(file.size - position) bytes follow the end of the TAR archive; at most \(Self.endLimit) zeros may"
          )
        }
        continue
      }
      guard !isEnded else {
        throw WeightFileError(.unclaimedBytes, file: file.path, "bytes follow the end of the TAR archive")
      }
      let (name, size) = try Self.parse(header, at: position - Self.block, path: file.path)
      guard size <= file.size - position else {
        throw WeightFileError(
          .truncated, file: file.path, "'\(name)' has \(size) bytes, but \(file.size - position) are left")
      }
      guard entries.updateValue(position..<(position + size), forKey: name) == nil else {
        throw WeightFileError(.duplicateEntry, file: file.path, "two entries are named '\(name)'")
      }
      guard entries.count <= Self.entryLimit else {
        throw WeightFileError(.malformedArchive, file: file.path, "more than \(Self.entryLimit) entries")
      }
      position = min(file.size, position + (size + Self.block - 1) / Self.block * Self.block)
    }
    guard isEnded else { throw WeightFileError(.truncated, file: file.path, "the TAR archive has no end") }
  }

  private static func parse(
    _ header: [UInt8], at position: Int, path: String
  ) throws(WeightFileError) -> (name: String, size: Int) {
    func fault(_ code: WeightFileError.Code, _ message: String) -> WeightFileError {
      WeightFileError(code, file: path, "the TAR header at byte \(position) \(message)")
    }
    guard header[257..<262].elementsEqual("ustar".utf8) else { throw fault(.malformedArchive, "is none") }
    var sum = 0
    for (index, byte) in header.enumerated() { sum += (148..<156).contains(index) ? 0x20 : Int(byte) }
    guard octal(header[148..<156]) == sum else {
      throw fault(.checksumMismatch, "does not have its checksum: the file is damaged")
    }
    guard let size = octal(header[124..<136]) else { throw fault(.malformedArchive, "has no sound size") }
    guard [0, UInt8(ascii: "0"), UInt8(ascii: "5")].contains(header[156]) else {
      throw fault(.unsafeName, "is a link or a special file")
    }
    guard var name = String(validating: header[0..<100].prefix { $0 != 0 }, as: UTF8.self), !name.isEmpty,
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      name.utf8.first != UInt8(ascii: "/"),
      !name.pathParts.contains("..")
    else { throw fault(.unsafeName, "has no sound name") }
    if name.hasPrefix("./"), name.utf8.count > 2 { name.removeFirst(2) }
    return (name, size)
  }

  /// True if a block has the checksum of a header by any of the spellings and sums that Python's tarfile takes, with or without `ustar`.
  static func isHeader(_ block: [UInt8]) -> Bool {
    guard block.count >= Self.block else { return false }
    var sums = (256, 256)
    for (index, byte) in block.prefix(Self.block).enumerated() where !(148..<156).contains(index) {
      sums.0 += Int(byte)
      sums.1 += Int(Int8(bitPattern: byte))
    }
    guard let stated = pythonNumber(block[148..<156]) else { return false }
    return stated == sums.0 || stated == sums.1
  }

  /// The number in a field as tarfile's `nti` reads it: in base 256, or octal as Python's `int` takes it.
  private static func pythonNumber(_ field: ArraySlice<UInt8>) -> Int? {
    if field.first == 0x80 || field.first == 0xFF {
      let value = field.dropFirst().reduce(0) { $0 << 8 | Int($1) }
      return field.first == 0x80 ? value : value - 1 << 56
    }
    let blanks: [UInt8] = [0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x20]
    var digits = field.prefix { $0 != 0 }.drop { blanks.contains($0) }
    while let last = digits.last, blanks.contains(last) { digits.removeLast() }
    guard !digits.isEmpty else { return 0 }
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    if digits.starts(with: "0o".utf8) || digits.starts(with: "0O".utf8) { digits = digits.dropFirst(2) }
    var value = 0
    for digit in digits where digit != UInt8(ascii: "_") {
      guard (0x30...0x37).contains(digit) else { return nil }
      value = value << 3 | Int(digit - 0x30)
    }
    return isNegative ? -value : value
  }

  /// An octal number that ends with a space or NUL.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    var value = 0
    var digits = 0
    for byte in field.drop(while: { $0 == 0x20 }) {
      if byte == 0 || byte == 0x20 { break }
      guard (0x30...0x37).contains(byte), value < 1 << 56 else { return nil }
      value = value << 3 | Int(byte - 0x30)
      digits += 1
    }
    return digits > 0 ? value : nil
  }
}
