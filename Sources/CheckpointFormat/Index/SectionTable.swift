import Messages
import TensorCore

/// The kind of a section, FORMAT §3.1.
struct SectionKind: Hashable, Sendable, CustomStringConvertible {
  let bytes: [UInt8]

  init(_ name: StaticString) {
    bytes = Array(name.description.utf8)
  }

  init(bytes: [UInt8]) {
    self.bytes = bytes
  }

  static let architecture = SectionKind("arch")
  static let metadata = SectionKind("meta")
  static let directory = SectionKind("tens")
  static let chunks = SectionKind("chnk")
  static let base = SectionKind("base")
  static let signatures = SectionKind("sign")

  /// The kinds that every file starts with, in their order.
  static let required: [SectionKind] = [.architecture, .metadata, .directory, .chunks]

  /// The flags and the version that a section of this kind has; nil for a kind that this version does not know.
  var declaration: (flags: UInt8, sinceVersion: UInt16)? {
    switch self {
    case .architecture, .metadata, .directory, .chunks: (SectionRecord.mustUnderstand, 1)
    case .base: (SectionRecord.mustUnderstand, 2)
    case .signatures: (0, 2)
    default: nil
    }
  }

  /// The most that a section of this kind may decode to.
  var decodedLimit: UInt64 {
    switch self {
    case .architecture, .chunks: 1 << 20
    case .metadata, .directory, .base: 1 << 21
    case .signatures: 1 << 14
    default: Format.indexLimit * Format.sectionExpansionLimit
    }
  }

  var isWellFormed: Bool {
    bytes.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
  }

  var description: String {
    isWellFormed ? "'" + String(decoding: bytes, as: UTF8.self) + "'" : "\(bytes)"
  }
}

/// One record of the section table, FORMAT §3.
struct SectionRecord: Hashable, Sendable {
  var kind: SectionKind
  var encoding: UInt8
  var flags: UInt8
  var sinceVersion: UInt16
  var offset: UInt64
  var storedLength: UInt32
  var decodedLength: UInt32
  var crc: UInt32
  var reserved: UInt32 = 0

  static let stored: UInt8 = 0
  static let deflate: UInt8 = 1
  static let mustUnderstand: UInt8 = 1

  func write(to writer: inout ByteWriter) {
    writer.write(bytes: kind.bytes)
    writer.write(encoding)
    writer.write(flags)
    writer.write(sinceVersion)
    writer.write(offset)
    writer.write(storedLength)
    writer.write(decodedLength)
    writer.write(crc)
    writer.write(reserved)
  }

  init(_ reader: inout ByteReader) throws(ByteReaderError) {
    kind = SectionKind(bytes: try reader.readBytes(4))
    encoding = try reader.read()
    flags = try reader.read()
    sinceVersion = try reader.read()
    offset = try reader.read()
    storedLength = try reader.read()
    decodedLength = try reader.read()
    crc = try reader.read()
    reserved = try reader.read()
  }

  /// The record of a section whose content is `section`, of a kind that this version knows.
  init(_ kind: SectionKind, _ section: EncodedSection, offset: UInt64) {
    guard let declaration = kind.declaration else { preconditionFailure("\(kind) is not known") }
    self.kind = kind
    encoding = section.isDeflated ? Self.deflate : Self.stored
    flags = declaration.flags
    sinceVersion = declaration.sinceVersion
    self.offset = offset
    storedLength = UInt32(section.bytes.count)
    decodedLength = UInt32(section.decodedLength)
    crc = CRC32C.checksum(of: section.bytes)
  }
}

/// The section table, FORMAT §3.
struct SectionTable: Hashable, Sendable {
  var records: [SectionRecord]

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    for record in records { record.write(to: &writer) }
    return writer.bytes
  }

  init(records: [SectionRecord]) {
    self.records = records
  }

  /// Reads the table of a file with this header; `bytes` are exactly the table's.
  init(_ bytes: RawSpan, header: FileHeader) throws(CheckpointError) {
    let sum = CRC32C.checksum(of: bytes)
    guard sum == header.sectionTableCRC else {
      throw CheckpointError(
        .sectionTableChecksum, at: UInt64(Format.headerByteCount),
        "the section table is damaged: its checksum is 0x\(hexadecimal(sum)), and 0x\(hexadecimal(header.sectionTableCRC)) is recorded"
      )
    }
    records = []
    var reader = ByteReader(bytes)
    do throws(ByteReaderError) {
      for _ in 0..<header.sectionCount { records.append(try SectionRecord(&reader)) }
      try reader.expectEnd()
    } catch {
      throw CheckpointError(
        .badSectionTable, at: UInt64(Format.headerByteCount), "the section table ends early")
    }
    try validate(blobOffset: header.blobOffset)
  }

  /// The record of a kind, if the file has a section of it.
  func optionalRecord(_ kind: SectionKind) -> SectionRecord? {
    records.first { $0.kind == kind }
  }

  /// The record of a required kind, in a table that was validated.
  func record(_ kind: SectionKind) -> SectionRecord {
    guard let record = optionalRecord(kind) else {
      preconditionFailure("a validated section table has no \(kind)")
    }
    return record
  }
}
