import TensorCore

/// Everything of a file but its blobs, while it is being written.
///
/// The chunk table has a size that is known beforehand and is never compressed, so the blobs can be written
/// before it is filled in.
struct IndexBuilder {
  private let architecture: EncodedSection
  private let metadata: EncodedSection
  private let directory: EncodedSection
  private let chunkCount: Int
  /// What the chunk table will hold.
  var chunks: [ChunkRecord] = []
  /// FORMAT §7.
  var contentRoot: [UInt8] = []
  /// Where the blob section starts.
  let blobOffset: UInt64

  init(
    architectureJSON: [UInt8], metadataJSON: [UInt8], directory: TensorDirectory, compressing: Bool
  ) throws(CheckpointError) {
    let directoryContent = directory.encoded()
    let chunkCount = directory.tensors.reduce(0) {
      $0 + directory.chunkCount(decodedByteCount: $1.decodedByteCount)
    }
    try Self.check(architectureJSON.count, .architecture)
    try Self.check(metadataJSON.count, .metadata)
    try EncodedSection.checkDocument(architectureJSON, .architecture, at: nil)
    try EncodedSection.checkDocument(metadataJSON, .metadata, at: nil)
    try Self.check(directoryContent.count, .directory)
    try Self.check(chunkCount * Format.chunkRecordByteCount, .chunks)
    architecture = EncodedSection(
      architectureJSON, compressing: compressing, threshold: EncodedSection.documentThreshold)
    metadata = EncodedSection(
      metadataJSON, compressing: compressing, threshold: EncodedSection.documentThreshold)
    self.directory = EncodedSection(directoryContent, compressing: compressing)
    self.chunkCount = chunkCount
    let end =
      Format.headerByteCount + SectionKind.required.count * Format.sectionRecordByteCount
      + architecture.bytes.count + metadata.bytes.count + self.directory.bytes.count
      + chunkCount * Format.chunkRecordByteCount
    blobOffset = Format.align64(UInt64(end))
  }

  private static func check(_ count: Int, _ kind: SectionKind) throws(CheckpointError) {
    guard count <= kind.decodedLimit else {
      throw CheckpointError(
        .invalidInput,
        "section \(kind) would take \(count) bytes, above the format's limit of \(kind.decodedLimit)")
    }
  }

  /// The bytes of the index.
  ///
  /// - Precondition: ``chunks`` and ``contentRoot`` are filled in.
  func encoded(fileLength: UInt64) -> [UInt8] {
    precondition(chunks.count == chunkCount, "\(chunks.count) chunk records of \(chunkCount)")
    let sections: [(SectionKind, EncodedSection)] = [
      (.architecture, architecture), (.metadata, metadata), (.directory, directory),
      (.chunks, EncodedSection(ChunkTable(records: chunks).encoded(), compressing: false)),
    ]
    var offset = UInt64(Format.headerByteCount + sections.count * Format.sectionRecordByteCount)
    var records: [SectionRecord] = []
    for (kind, section) in sections {
      records.append(SectionRecord(kind, section, offset: offset))
      offset += UInt64(section.bytes.count)
    }
    let table = SectionTable(records: records).encoded()
    let header = FileHeader(
      sectionCount: UInt32(sections.count), fileLength: fileLength, blobOffset: blobOffset,
      blobLength: fileLength - blobOffset, contentRoot: contentRoot,
      sectionTableCRC: CRC32C.checksum(of: table))
    var writer = ByteWriter()
    writer.write(bytes: header.encoded())
    writer.write(bytes: table)
    for (_, section) in sections { writer.write(bytes: section.bytes) }
    writer.pad(to: Format.alignment)
    return writer.bytes
  }
}
