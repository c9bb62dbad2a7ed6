import TensorCore

extension CheckpointIndex {
  /// Reads and validates the index of a file; `bytes` are all those before the blobs.
  ///
  /// The writer runs this over its own index before it publishes the file. With `allowingAnySize`, the limit that FORMAT §4 sets
  /// for the decoded size is not applied.
  init(_ bytes: RawSpan, header: FileHeader, allowingAnySize: Bool = false) throws(CheckpointError) {
    precondition(UInt64(bytes.byteCount) == header.blobOffset, "an index of \(bytes.byteCount) bytes")
    let tableEnd =
      Format.headerByteCount + Int(header.sectionCount) * Format.sectionRecordByteCount
    let table = try SectionTable(
      bytes.extracting(Format.headerByteCount..<tableEnd), header: header)
    for record in table.records.dropFirst(SectionKind.required.count) {
      // A section that may be ignored, but not be damaged.
      try EncodedSection.check(Self.stored(bytes, record), record: record)
    }
    if let last = table.records.last {
      let end = Int(last.offset) + Int(last.storedLength)
      guard ByteRegrouping.isZero(bytes.extracting(droppingFirst: end)) else {
        throw CheckpointError(
          .paddingNotZero, at: UInt64(end), "the padding after the last section is not zero")
      }
    }
    architectureJSON = try Self.document(bytes, table.record(.architecture))
    metadataJSON = try Self.document(bytes, table.record(.metadata))
    let directoryRecord = table.record(.directory)
    let directory = try TensorDirectory(
      try Self.content(bytes, directoryRecord), at: directoryRecord.offset,
      fileLength: allowingAnySize ? nil : header.fileLength)
    let chunkRecord = table.record(.chunks)
    let chunkCount = directory.tensors.reduce(0) {
      $0 + directory.chunkCount(decodedByteCount: $1.decodedByteCount)
    }
    chunks = try ChunkTable(
      try Self.content(bytes, chunkRecord), count: chunkCount, at: chunkRecord.offset
    ).records
    entries = try Self.layOut(
      directory, chunks, tableOffset: chunkRecord.offset, blobLength: header.blobLength)
    delta = try Self.delta(bytes, table, header: header, tensors: directory.tensors)
    signatures = try Self.signatures(bytes, table)
    sections = table.records
    formatVersion = header.writerVersion
    minimumReaderVersion = header.minimumReaderVersion
    contentRoot = header.contentRoot
    fileByteCount = header.fileLength
    indexByteCount = header.blobOffset
    blobByteCount = header.blobLength
    chunkByteCount = directory.chunkByteCount
  }

  private static func delta(
    _ bytes: RawSpan, _ table: SectionTable, header: FileHeader, tensors: [DirectoryTensor]
  ) throws(CheckpointError) -> DeltaBase? {
    guard let record = table.optionalRecord(.base) else { return nil }
    guard header.minimumReaderVersion >= Format.deltaVersion else {
      throw CheckpointError(
        .badHeader, at: 8,
        "a delta must have a minimum reader version of \(Format.deltaVersion), not \(header.minimumReaderVersion)"
      )
    }
    let delta = try DeltaBase(try content(bytes, record), at: record.offset)
    try delta.validate(contentRoot: header.contentRoot, tensors: tensors, at: record.offset)
    return delta
  }

  private static func signatures(
    _ bytes: RawSpan, _ table: SectionTable
  ) throws(CheckpointError) -> [CheckpointSignature] {
    guard let record = table.optionalRecord(.signatures) else { return [] }
    return try SignatureList(try content(bytes, record), at: record.offset).signatures
  }

  private static func content(_ bytes: RawSpan, _ record: SectionRecord) throws(CheckpointError) -> [UInt8] {
    try EncodedSection.decode(stored(bytes, record), record: record)
  }

  @_lifetime(copy bytes)
  private static func stored(_ bytes: RawSpan, _ record: SectionRecord) -> RawSpan {
    let start = Int(record.offset)
    return bytes.extracting(start..<start + Int(record.storedLength))
  }

  private static func document(_ bytes: RawSpan, _ record: SectionRecord) throws(CheckpointError) -> [UInt8] {
    let document = try content(bytes, record)
    try EncodedSection.checkDocument(document, record.kind, at: record.offset)
    return document
  }

  /// The positions of FORMAT §6: they follow from the directory and the chunk table, so no two tensors can overlap. All
  /// chunks together must fill the blob section.
  private static func layOut(
    _ directory: TensorDirectory, _ chunks: [ChunkRecord], tableOffset: UInt64, blobLength: UInt64
  ) throws(CheckpointError) -> [TensorEntry] {
    var entries: [TensorEntry] = []
    entries.reserveCapacity(directory.tensors.count)
    var position: UInt64 = 0
    var next = 0
    for tensor in directory.tensors {
      let first = next
      if tensor.decodedByteCount > 0, chunks[first].codecID == ChunkCodec.raw.rawValue {
        position = Format.align64(position)
      }
      let start = position
      var isCompressed = false
      let decoded = tensor.decodedByteCount
      for chunkStart in stride(from: 0, to: decoded, by: directory.chunkByteCount) {
        let codec = try chunks[next].validate(
          decodedByteCount: min(directory.chunkByteCount, decoded - chunkStart), type: tensor.elementType,
          name: tensor.name, at: tableOffset + UInt64(next * Format.chunkRecordByteCount))
        isCompressed = isCompressed || codec != .raw
        // At most 2^17 chunks of less than 2^24 bytes.
        position += UInt64(chunks[next].storedByteCount)
        next += 1
      }
      entries.append(
        TensorEntry(
          name: tensor.name, elementType: tensor.elementType, shape: tensor.shape, decodedByteCount: decoded,
          storedByteCount: Int(position - start), chunkCount: next - first, isCompressed: isCompressed,
          blobOffset: start, firstChunk: first))
    }
    guard position == blobLength else {
      throw CheckpointError(
        .badChunkTable, at: tableOffset,
        "the chunks take \(position) bytes, where the header says that the blob section has \(blobLength)")
    }
    return entries
  }
}
