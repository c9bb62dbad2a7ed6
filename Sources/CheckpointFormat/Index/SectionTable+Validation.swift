import TensorCore

extension SectionTable {
  /// The rules of FORMAT §3.
  func validate(blobOffset: UInt64) throws(CheckpointError) {
    let tableStart = UInt64(Format.headerByteCount)
    var end = tableStart + UInt64(records.count * Format.sectionRecordByteCount)
    for (index, record) in records.enumerated() {
      let at = tableStart + UInt64(index * Format.sectionRecordByteCount)
      try validateKind(record, index: index, at: at)
      try Self.validateFields(record, at: at)
      guard record.offset == end else {
        throw CheckpointError(
          .badSectionTable, at: at + 8,
          "section \(record.kind) is said to start at \(record.offset), and \(end) is where the one before it ends"
        )
      }
      // At most 64 lengths of 32 bits: the sum is far from overflowing.
      end += UInt64(record.storedLength)
      guard end <= blobOffset else {
        throw CheckpointError(
          .badSectionTable, at: at + 16,
          "section \(record.kind) would end at \(end), beyond the index, which ends at \(blobOffset)")
      }
    }
    guard Format.align64(end) == blobOffset else {
      throw CheckpointError(
        .badSectionTable, at: 24,
        "the sections end at \(end), which does not fit a blob offset of \(blobOffset)")
    }
  }

  private func validateKind(_ record: SectionRecord, index: Int, at: UInt64) throws(CheckpointError) {
    let required = SectionKind.required
    guard record.kind.isWellFormed else {
      throw CheckpointError(.badSectionTable, at: at, "a section's kind is \(record.kind)")
    }
    if index < required.count {
      guard record.kind == required[index] else {
        throw CheckpointError(
          .badSectionTable, at: at, "section \(record.kind) stands where \(required[index]) should")
      }
      return try Self.validateDeclaration(record, at: at)
    }
    guard !required.contains(record.kind) else {
      throw CheckpointError(.badSectionTable, at: at, "section \(record.kind) occurs twice")
    }
    if index > required.count {
      let previous = records[index - 1].kind
      guard previous.bytes.lexicographicallyPrecedes(record.kind.bytes) else {
        throw CheckpointError(
          .badSectionTable, at: at, "section \(record.kind) must not follow \(previous)")
      }
    }
    guard record.flags & ~SectionRecord.mustUnderstand == 0 else {
      throw CheckpointError(.reservedNotZero, at: at + 5, "section \(record.kind) has reserved flags set")
    }
    guard record.kind.declaration == nil else { return try Self.validateDeclaration(record, at: at) }
    guard record.sinceVersion >= 1 else {
      throw CheckpointError(.badSectionTable, at: at + 6, "section \(record.kind) is of version 0")
    }
    guard record.flags == 0 else {
      throw CheckpointError(
        .unknownSection, at: at,
        """
        the file cannot be read without understanding its section \(record.kind); a reader of format version \
        \(record.sinceVersion) or later does, this one reads version \(Format.version)
        """)
    }
  }

  /// The flags and the version of a kind that this version knows.
  private static func validateDeclaration(_ record: SectionRecord, at: UInt64) throws(CheckpointError) {
    guard let declaration = record.kind.declaration else { return }
    guard record.flags == declaration.flags, record.sinceVersion == declaration.sinceVersion else {
      throw CheckpointError(
        .badSectionTable, at: at + 5,
        """
        section \(record.kind) has flags \(record.flags) and version \(record.sinceVersion), where \
        \(declaration.flags) and \(declaration.sinceVersion) belong
        """)
    }
  }

  private static func validateFields(_ record: SectionRecord, at: UInt64) throws(CheckpointError) {
    guard record.reserved == 0 else {
      throw CheckpointError(
        .reservedNotZero, at: at + 28, "a reserved field of section \(record.kind) is not zero")
    }
    let stored = UInt64(record.storedLength)
    let decoded = UInt64(record.decodedLength)
    guard decoded <= record.kind.decodedLimit else {
      throw CheckpointError(
        .badSectionTable, at: at + 20,
        "section \(record.kind) decodes to \(decoded) bytes, above the limit of \(record.kind.decodedLimit)")
    }
    switch record.encoding {
    case SectionRecord.stored:
      guard decoded == stored else {
        throw CheckpointError(
          .badSectionTable, at: at + 20,
          "section \(record.kind) is stored as it is, with \(stored) bytes, yet decodes to \(decoded)")
      }
    case SectionRecord.deflate where record.kind != .chunks && record.kind != .signatures:
      guard decoded > stored, decoded <= stored * Format.sectionExpansionLimit else {
        throw CheckpointError(
          .badSectionTable, at: at + 20,
          "section \(record.kind) of \(stored) compressed bytes must not decode to \(decoded)")
      }
    default:
      throw CheckpointError(
        .badSectionTable, at: at + 4, "section \(record.kind) has encoding \(record.encoding)")
    }
  }
}
