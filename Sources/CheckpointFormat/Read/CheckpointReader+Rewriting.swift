import Files
import TensorCore

extension CheckpointReader {
  /// Writes the checkpoint again with other metadata or signatures. The stored bytes of every blob are copied as they are, and checked
  /// on the way; the content root stays. The new file may take the place of this one.
  ///
  /// - Parameters:
  ///   - metadataJSON: the new metadata, UTF-8; nil leaves it. Sections that this version does not know are left out when it
  ///     changes (FORMAT §9.2).
  ///   - signatures: all signatures that the new file has.
  /// - Throws: `chunkChecksum`, `paddingNotZero`, `sectionChecksum` when this file is damaged; `signatureMismatch` when a
  ///   signature is not one of the new file; as ``CheckpointWriter``.
  /// - Complexity: linear in the size of the file; memory is the index and a chunk.
  public func rewrite(
    metadataJSON: [UInt8]? = nil, signatures: [CheckpointSignature], to path: String
  ) throws(CheckpointError) {
    let layout = try layout(metadataJSON: metadataJSON, signatures: signatures)
    let output = try CheckpointOutput(path: path)
    try output.pad(to: layout.blobOffset)
    try copyBlobs(to: output)
    let bytes = layout.encoded(
      fileLength: output.byteCount, contentRoot: index.contentRoot,
      minimumReaderVersion: index.minimumReaderVersion)
    let header = try FileHeader(bytes.rawBytes, fileByteCount: output.byteCount)
    let parsed = try CheckpointIndex(bytes.rawBytes, header: header)
    try parsed.checkSignatures()
    try output.overwriteStart(bytes.rawBytes)
    try output.commit()
  }

  private func layout(
    metadataJSON: [UInt8]?, signatures: [CheckpointSignature]
  ) throws(CheckpointError) -> IndexLayout {
    var layout = IndexLayout()
    for record in index.sections
    where record.kind != .signatures && (record.kind.declaration != nil || metadataJSON == nil) {
      if record.kind == .metadata, let metadataJSON {
        try IndexBuilder.check(metadataJSON.count, .metadata)
        try EncodedSection.checkDocument(metadataJSON, .metadata, at: nil)
        layout.append(
          .metadata,
          EncodedSection(metadataJSON, compressing: true, threshold: EncodedSection.documentThreshold))
      } else {
        layout.append(copying: record, try stored(record))
      }
    }
    if !signatures.isEmpty {
      let list = SignatureList(signatures)
      try list.validate(at: nil)
      layout.append(.signatures, EncodedSection(list.encoded(), compressing: false))
    }
    return layout
  }

  /// The stored bytes of a section, read again and checked again.
  private func stored(_ record: SectionRecord) throws(CheckpointError) -> [UInt8] {
    var buffer = AlignedBuffer(byteCount: Int(record.storedLength), uninitialized: true)
    do {
      var target = buffer.mutableBytes
      try file.fill(&target, from: record.offset)
    }
    let bytes = Array(copying: buffer.bytes)
    try EncodedSection.check(bytes.rawBytes, record: record)
    return bytes
  }

  /// Appends the blob section as it is.
  private func copyBlobs(to output: CheckpointOutput) throws(CheckpointError) {
    let longest = index.chunks.map(\.storedByteCount).max() ?? 0
    let buffer = ScratchBuffer(byteCount: longest + Format.alignment)
    for number in index.entries.indices {
      let places = places(ofEntry: number)
      for (place, next) in zip(places, places.dropFirst().map(\.position) + [paddingEnd(ofEntry: number)]) {
        let count = Int(next - place.position)
        let storedCount = place.record.storedByteCount
        var target = buffer.mutableBytes(in: 0..<count)
        try file.fill(&target, from: place.position)
        try ChunkDecoder.check(buffer.bytes(in: 0..<storedCount), place, index.entries[number])
        try Self.checkPadding(
          buffer.bytes(in: storedCount..<count), at: place.position + UInt64(storedCount))
        try output.append(buffer.bytes(in: 0..<count))
      }
    }
  }
}
