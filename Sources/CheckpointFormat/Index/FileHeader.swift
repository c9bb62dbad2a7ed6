import Files
import Messages
import TensorCore

/// The fixed header, FORMAT §2.
struct FileHeader: Hashable, Sendable {
  var minimumReaderVersion = Format.baseline
  var writerVersion = Format.version
  var sectionCount: UInt32
  var fileLength: UInt64
  var blobOffset: UInt64
  var blobLength: UInt64
  var contentRoot: [UInt8]
  var sectionTableCRC: UInt32

  /// The 96 bytes of the header.
  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(bytes: Format.magic)
    writer.write(minimumReaderVersion)
    writer.write(writerVersion)
    writer.write(sectionCount)
    writer.write(fileLength)
    writer.write(blobOffset)
    writer.write(blobLength)
    writer.write(bytes: contentRoot)
    writer.write(UInt64(0))
    writer.write(UInt64(0))
    writer.write(sectionTableCRC)
    writer.write(CRC32C.checksum(of: writer.bytes))
    return writer.bytes
  }

  /// Reads the header from the first bytes of a file of `fileByteCount` bytes.
  init(_ bytes: RawSpan, fileByteCount: UInt64) throws(CheckpointError) {
    try Self.checkMagic(bytes, fileByteCount: fileByteCount)
    let sum = CRC32C.checksum(of: bytes.extracting(0..<92))
    var reader = ByteReader(bytes.extracting(first: Format.headerByteCount))
    var reserved: [UInt8] = []
    var declaredSum: UInt32 = 0
    do throws(ByteReaderError) {
      _ = try reader.take(Format.magic.count)
      minimumReaderVersion = try reader.read()
      writerVersion = try reader.read()
      sectionCount = try reader.read()
      fileLength = try reader.read()
      blobOffset = try reader.read()
      blobLength = try reader.read()
      contentRoot = try reader.readBytes(32)
      reserved = try reader.readBytes(16)
      sectionTableCRC = try reader.read()
      declaredSum = try reader.read()
      try reader.expectEnd()
    } catch {
      throw CheckpointError(.truncated, at: fileByteCount, "the file ends within its header")
    }
    guard sum == declaredSum else {
      throw CheckpointError(
        .headerChecksum, at: 92,
        "the header is damaged: its checksum is 0x\(hexadecimal(sum)), and 0x\(hexadecimal(declaredSum)) is recorded"
      )
    }
    guard minimumReaderVersion <= Format.version else {
      throw CheckpointError(
        .newerVersion, at: 8,
        "the file needs a reader of format version \(minimumReaderVersion); this one reads version \(Format.version)"
      )
    }
    if let index = reserved.firstIndex(where: { $0 != 0 }) {
      throw CheckpointError(
        .reservedNotZero, at: UInt64(72 + index), "a reserved byte of the header is not zero")
    }
    try validate(fileByteCount: fileByteCount)
  }

  /// Reads the header of a file.
  init(of file: InputFile) throws(CheckpointError) {
    var start = AlignedBuffer(byteCount: Format.headerByteCount)
    do {
      let present = Int(min(file.byteCount, UInt64(Format.headerByteCount)))
      var target = start.mutableBytes(in: 0..<present)
      try file.fill(&target, from: 0)
    }
    try self.init(start.bytes, fileByteCount: file.byteCount)
  }

  init(
    sectionCount: UInt32, fileLength: UInt64, blobOffset: UInt64, blobLength: UInt64, contentRoot: [UInt8],
    sectionTableCRC: UInt32
  ) {
    self.sectionCount = sectionCount
    self.fileLength = fileLength
    self.blobOffset = blobOffset
    self.blobLength = blobLength
    self.contentRoot = contentRoot
    self.sectionTableCRC = sectionTableCRC
  }

  private static func checkMagic(_ bytes: RawSpan, fileByteCount: UInt64) throws(CheckpointError) {
    guard fileByteCount > 0 else { throw CheckpointError(.emptyFile, at: 0, "the file is empty") }
    let start = Array(copying: bytes.extracting(first: Int(min(fileByteCount, UInt64(Format.magic.count)))))
    guard start == Format.magic else {
      if Format.magic.starts(with: start) {
        throw CheckpointError(.truncated, at: fileByteCount, "the file ends within its header")
      }
      if start.starts(with: Format.magic.prefix(4)) {
        throw CheckpointError(
          .badMagic, at: 4,
          "the start of the file was changed, as by a transfer in text mode; transfer it again in binary mode"
        )
      }
      throw CheckpointError(.badMagic, at: 0, "this is not a ResZoo checkpoint: it starts with other bytes")
    }
    guard fileByteCount >= UInt64(Format.headerByteCount) else {
      throw CheckpointError(
        .truncated, at: fileByteCount,
        "the file has \(fileByteCount) bytes, fewer than its header of \(Format.headerByteCount)")
    }
  }

  /// The rules of FORMAT §2 that relate the fields to each other and to the file.
  func validate(fileByteCount: UInt64) throws(CheckpointError) {
    guard minimumReaderVersion >= 1, writerVersion >= minimumReaderVersion else {
      throw CheckpointError(
        .badHeader, at: 8,
        "minimum reader version \(minimumReaderVersion) and writer version \(writerVersion) contradict each other"
      )
    }
    guard Format.sectionCountRange.contains(sectionCount) else {
      throw CheckpointError(
        .badHeader, at: 12, "\(sectionCount) sections, where \(Format.sectionCountRange) are allowed")
    }
    guard fileLength <= Format.fileLimit else {
      throw CheckpointError(.badHeader, at: 16, "a file length of \(fileLength) is above 2^40")
    }
    guard fileByteCount >= fileLength else {
      throw CheckpointError(
        .truncated, at: fileByteCount,
        "the file has \(fileByteCount) of \(fileLength) bytes; the rest is missing, copy it again")
    }
    guard fileByteCount == fileLength else {
      throw CheckpointError(
        .trailingBytes, at: fileLength, "\(fileByteCount - fileLength) bytes follow the end of the checkpoint"
      )
    }
    let (sum, overflow) = blobOffset.addingReportingOverflow(blobLength)
    guard !overflow, sum == fileLength else {
      throw CheckpointError(
        .badHeader, at: 24,
        "blob offset \(blobOffset) and blob length \(blobLength) do not add up to the file length \(fileLength)"
      )
    }
    let tableEnd =
      UInt64(Format.headerByteCount) + UInt64(sectionCount) * UInt64(Format.sectionRecordByteCount)
    guard blobOffset >= tableEnd, blobOffset <= Format.indexLimit, blobOffset % UInt64(Format.alignment) == 0
    else {
      throw CheckpointError(
        .badHeader, at: 24,
        "a blob offset of \(blobOffset) is not a multiple of 64 between \(tableEnd) and \(Format.indexLimit)")
    }
  }
}
