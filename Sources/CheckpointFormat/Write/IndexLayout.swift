import TensorCore

/// The sections of an index in their order, and where they come to lie.
struct IndexLayout: Sendable {
  /// A section to write: its content, or one that is copied from another file as it is.
  struct Section: Sendable {
    var record: SectionRecord
    var bytes: [UInt8]
  }

  private var sections: [Section] = []

  /// Adds a section of a kind that this version knows.
  mutating func append(_ kind: SectionKind, _ content: EncodedSection) {
    append(copying: SectionRecord(kind, content, offset: 0), content.bytes)
  }

  /// Adds a section of another file, whose checksum was compared. Those that every file has must come first, in their order.
  mutating func append(copying record: SectionRecord, _ bytes: [UInt8]) {
    let required = SectionKind.required.count
    let place = sections.indices.dropFirst(required).first { index in
      record.kind.bytes.lexicographicallyPrecedes(sections[index].record.kind.bytes)
    }
    sections.insert(Section(record: record, bytes: bytes), at: place ?? sections.count)
  }

  /// Gives a section another content of the same length.
  mutating func replace(_ kind: SectionKind, by content: EncodedSection) {
    guard let index = sections.firstIndex(where: { $0.record.kind == kind }),
      sections[index].bytes.count == content.bytes.count
    else { preconditionFailure("section \(kind) would change its length") }
    sections[index] = Section(record: SectionRecord(kind, content, offset: 0), bytes: content.bytes)
  }

  /// Where the blob section starts.
  var blobOffset: UInt64 {
    let end = sections.reduce(contentStart) { $0 + UInt64($1.bytes.count) }
    return Format.align64(end)
  }

  private var contentStart: UInt64 {
    UInt64(Format.headerByteCount + sections.count * Format.sectionRecordByteCount)
  }

  /// The bytes of the index.
  func encoded(fileLength: UInt64, contentRoot: [UInt8], minimumReaderVersion: UInt16) -> [UInt8] {
    var offset = contentStart
    var records: [SectionRecord] = []
    for section in sections {
      var record = section.record
      record.offset = offset
      records.append(record)
      offset += UInt64(section.bytes.count)
    }
    let table = SectionTable(records: records).encoded()
    var header = FileHeader(
      sectionCount: UInt32(sections.count), fileLength: fileLength, blobOffset: blobOffset,
      blobLength: fileLength - blobOffset, contentRoot: contentRoot,
      sectionTableCRC: CRC32C.checksum(of: table))
    header.minimumReaderVersion = minimumReaderVersion
    var writer = ByteWriter()
    writer.write(bytes: header.encoded())
    writer.write(bytes: table)
    for section in sections { writer.write(bytes: section.bytes) }
    writer.pad(to: Format.alignment)
    return writer.bytes
  }
}
