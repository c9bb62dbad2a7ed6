import TensorCore

/// The parts of an index that are known before the blobs are written.
struct IndexParts: Sendable {
  /// The architecture, UTF-8.
  var architectureJSON: [UInt8]
  /// The metadata, UTF-8.
  var metadataJSON: [UInt8]
  /// The part that a delta takes from its base; nil for a complete file.
  var delta: DeltaBase?
  /// Signatures of the two documents and the content root.
  var signatures: [CheckpointSignature] = []
}

/// Everything of a file but its blobs, while it is being written.
///
/// The chunk table has a size that is known beforehand and is never compressed, so the blobs can be written
/// before it is filled in.
struct IndexBuilder {
  private var layout = IndexLayout()
  private let chunkCount: Int
  private let minimumReaderVersion: UInt16
  /// The records of the chunk table.
  var chunks: [ChunkRecord] = []
  /// FORMAT §7.
  var contentRoot: [UInt8] = []
  /// Where the blob section starts.
  let blobOffset: UInt64

  init(_ parts: IndexParts, directory: TensorDirectory, compressing: Bool) throws(CheckpointError) {
    let directoryContent = directory.encoded()
    chunkCount = directory.tensors.reduce(0) {
      $0 + directory.chunkCount(decodedByteCount: $1.decodedByteCount)
    }
    minimumReaderVersion = parts.delta == nil ? Format.baseline : Format.deltaVersion
    try Self.check(parts.architectureJSON.count, .architecture)
    try Self.check(parts.metadataJSON.count, .metadata)
    try EncodedSection.checkDocument(parts.architectureJSON, .architecture, at: nil)
    try EncodedSection.checkDocument(parts.metadataJSON, .metadata, at: nil)
    try Self.check(directoryContent.count, .directory)
    try Self.check(chunkCount * Format.chunkRecordByteCount, .chunks)
    layout.append(
      .architecture,
      EncodedSection(
        parts.architectureJSON, compressing: compressing, threshold: EncodedSection.documentThreshold))
    layout.append(
      .metadata,
      EncodedSection(
        parts.metadataJSON, compressing: compressing, threshold: EncodedSection.documentThreshold))
    layout.append(.directory, EncodedSection(directoryContent, compressing: compressing))
    let table = [UInt8](repeating: 0, count: chunkCount * Format.chunkRecordByteCount)
    layout.append(.chunks, EncodedSection(table, compressing: false))
    if let delta = parts.delta {
      let content = delta.encoded()
      try Self.check(content.count, .base)
      layout.append(.base, EncodedSection(content, compressing: compressing))
    }
    if !parts.signatures.isEmpty {
      let list = SignatureList(parts.signatures)
      try list.validate(at: nil)
      layout.append(.signatures, EncodedSection(list.encoded(), compressing: false))
    }
    blobOffset = layout.blobOffset
  }

  static func check(_ count: Int, _ kind: SectionKind) throws(CheckpointError) {
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
    var layout = layout
    layout.replace(.chunks, by: EncodedSection(ChunkTable(records: chunks).encoded(), compressing: false))
    return layout.encoded(
      fileLength: fileLength, contentRoot: contentRoot, minimumReaderVersion: minimumReaderVersion)
  }
}
