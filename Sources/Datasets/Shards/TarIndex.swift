import Files
import TensorCore

/// The files in a tar archive (POSIX.1-1988 and later, with GNU's and pax's long names), found by its headers alone.
struct TarIndex {
  /// A file in the archive.
  struct Entry {
    var name: String
    /// The place of its first byte in the archive.
    var offset: UInt64
    var byteCount: Int
  }

  /// A fault of an archive, and the byte at which the header begins.
  struct Fault: Error {
    var offset: UInt64
    var message: String
  }

  private(set) var entries: [Entry] = []
  /// True if the archive ends in the mark of its end; otherwise it may be cut short.
  private(set) var isEnded = false

  private static let blockByteCount = 512
  /// The most bytes of a long name or of pax's records.
  private static let nameLimit = 1 << 16

  /// Reads the headers.
  ///
  /// - Throws: ``Fault`` or ``FileError``.
  /// - Complexity: O(number of entries); their bytes are not read.
  init(of file: InputFile) throws {
    var position: UInt64 = 0
    var longName: String?
    var longSize: UInt64?
    while file.byteCount - position >= UInt64(Self.blockByteCount) {
      let header = Header(try Self.bytes(of: file, at: position, count: Self.blockByteCount))
      // Archives end in blocks of zeros.
      guard !header.isEmpty else {
        isEnded = true
        break
      }
      guard header.hasRightSum else {
        throw Fault(
          offset: position,
          message: "no header of a tar archive begins here; it is damaged, or is no such archive")
      }
      let start = position + UInt64(Self.blockByteCount)
      guard let size = header.isExtension ? header.size : longSize ?? header.size,
        size <= file.byteCount - start
      else {
        throw Fault(
          offset: position, message: "an entry ends behind the archive's end; copy or download it again")
      }
      switch header.kind {
      case "L", "x":
        guard size <= UInt64(Self.nameLimit) else {
          throw Fault(offset: position, message: "a name has \(size) bytes; \(Self.nameLimit) are read")
        }
        let bytes = try Self.bytes(of: file, at: start, count: Int(size))
        if header.kind == "L" {
          longName = String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        } else {
          let records = Self.paxRecords(bytes)
          longName = records["path"] ?? longName
          longSize = try records["size"].map { text in
            guard let size = UInt64(text) else {
              throw Fault(offset: position, message: "a size is no number")
            }
            return size
          }
        }
      case "0", "7", "\0":
        guard let count = Int(exactly: size) else {
          throw Fault(offset: position, message: "an entry has \(size) bytes, more than can be read")
        }
        entries.append(Entry(name: longName ?? header.name, offset: start, byteCount: count))
        (longName, longSize) = (nil, nil)
      default:
        if !header.isExtension { (longName, longSize) = (nil, nil) }
      }
      let padded = size.addingReportingOverflow(UInt64(Self.blockByteCount - 1))
      guard !padded.overflow else { break }
      let (next, overflow) = start.addingReportingOverflow(
        padded.partialValue / UInt64(Self.blockByteCount) * UInt64(Self.blockByteCount))
      guard !overflow, next <= file.byteCount else { break }
      position = next
    }
  }

  static func bytes(of file: InputFile, at position: UInt64, count: Int) throws(FileError) -> [UInt8] {
    guard count > 0 else { return [] }
    let block = try file.read(count: count, at: position)
    let bytes = block.bytes
    return [UInt8](copying: bytes)
  }

  /// The records `LENGTH NAME=VALUE` of an extended header; those that are malformed end the list.
  private static func paxRecords(_ bytes: [UInt8]) -> [String: String] {
    var records: [String: String] = [:]
    var rest = bytes[...]
    while let blank = rest.firstIndex(of: 0x20) {
      guard let length = Int(String(decoding: rest[..<blank], as: UTF8.self)),
        length > blank - rest.startIndex + 1,
        length <= rest.count
      else { break }
      let record = rest[(blank + 1)..<(rest.startIndex + length)].dropLast()
      if let sign = record.firstIndex(of: UInt8(ascii: "=")) {
        records[String(decoding: record[..<sign], as: UTF8.self)] = String(
          decoding: record[(sign + 1)...], as: UTF8.self)
      }
      rest = rest.dropFirst(length)
    }
    return records
  }

  /// A header's 512 bytes.
  private struct Header {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var isEmpty: Bool { bytes.allSatisfy { $0 == 0 } }

    /// The sum of all bytes, with blanks for the field of the sum itself.
    var hasRightSum: Bool {
      let sum = bytes.indices.reduce(0) { $0 + ((148..<156).contains($1) ? 32 : Int(bytes[$1])) }
      return octal(148..<156).map { $0 == UInt64(sum) } ?? false
    }

    var kind: Character { Character(Unicode.Scalar(bytes[156])) }

    /// True if the entry says something of the next one, or of all.
    var isExtension: Bool { ["L", "K", "x", "g"].contains(kind) }

    var name: String {
      let name = text(0..<100)
      let prefix = text(257..<262) == "ustar" ? text(345..<500) : ""
      return prefix.isEmpty ? name : prefix + "/" + name
    }

    /// The size: octal digits, or a number of more than 33 bits in base 256.
    var size: UInt64? {
      guard bytes[124] & 0x80 != 0 else { return octal(124..<136) }
      guard bytes[124] == 0x80, bytes[125..<128].allSatisfy({ $0 == 0 }) else { return nil }
      return bytes[128..<136].reduce(0) { $0 << 8 | UInt64($1) }
    }

    private func text(_ range: Range<Int>) -> String {
      String(decoding: bytes[range].prefix { $0 != 0 }, as: UTF8.self)
    }

    private func octal(_ range: Range<Int>) -> UInt64? {
      let digits = bytes[range].drop { $0 == 0x20 }.prefix { $0 != 0 && $0 != 0x20 }
      guard !digits.isEmpty, digits.count <= 12, digits.allSatisfy({ (0x30...0x37).contains($0) }) else {
        return nil
      }
      return digits.reduce(0) { $0 << 3 | UInt64($1 - 0x30) }
    }
  }
}
