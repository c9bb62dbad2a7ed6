import Messages
public import TensorCore

/// A tensor in the index of a checkpoint.
public struct TensorEntry: Hashable, Sendable {
  /// The path of the tensor, such as `layer4.0.conv1.weight`.
  public let name: String
  /// The storage type of each element.
  public let elementType: ElementType
  /// The tensor's extents.
  public let shape: Shape
  /// The size of the elements in memory.
  public let decodedByteCount: Int
  /// The size of the blob in the file.
  public let storedByteCount: Int
  /// The number of chunks that the blob consists of.
  public let chunkCount: Int
  /// True if some chunk is stored with a codec other than `raw`. A tensor without such chunks can be mapped.
  public let isCompressed: Bool
  /// Where the blob starts, counted from the start of the blob section; a multiple of 64 unless its
  /// first chunk is compressed.
  public let blobOffset: UInt64

  /// The first of the tensor's records in the chunk table.
  let firstChunk: Int
}

/// A section of a checkpoint whose kind this version does not know.
public struct UnknownSection: Hashable, Sendable {
  /// The kind: four lower-case letters or digits, such as `note`.
  public let kind: String
  /// The size of the content in the file.
  public let byteCount: Int
}

/// Everything a checkpoint says but the elements of its tensors.
public struct CheckpointIndex: Sendable {
  /// The version of the specification that this program follows.
  public static let newestVersion = Format.version

  /// The version of the specification that the writer followed.
  public let formatVersion: UInt16
  /// The lowest version whose readers read the file.
  public let minimumReaderVersion: UInt16
  /// The architecture, a JSON document in UTF-8.
  public let architectureJSON: [UInt8]
  /// The metadata, a JSON document in UTF-8.
  public let metadataJSON: [UInt8]
  /// The tensors in ascending order of their names' bytes.
  public let entries: [TensorEntry]
  /// SHA-256 over the decoded tensors: the identity of what the file holds (FORMAT §7), of a delta that of the merged model.
  public let contentRoot: [UInt8]
  /// The size of the file.
  public let fileByteCount: UInt64
  /// The size of everything before the blobs.
  public let indexByteCount: UInt64
  /// The size of the blob section, padding included.
  public let blobByteCount: UInt64
  /// Decoded bytes of a chunk, but for the last of a tensor.
  public let chunkByteCount: Int

  /// The part that the file takes from a base; nil for a file that is complete.
  public let delta: DeltaBase?
  /// The signatures, in ascending order of their keys. Opening does not check them.
  public let signatures: [CheckpointSignature]

  let chunks: [ChunkRecord]
  let sections: [SectionRecord]

  /// The sections of kinds that this version does not know. It ignores them, and no signature covers them (FORMAT §12.2).
  public var unknownSections: [UnknownSection] {
    sections.filter { $0.kind.declaration == nil }.map { record in
      UnknownSection(
        kind: String(decoding: record.kind.bytes, as: UTF8.self), byteCount: Int(record.storedLength))
    }
  }
  /// The position of the architecture's section in the file.
  package var architectureOffset: UInt64? { offset(of: .architecture) }
  /// The position of the metadata's section in the file.
  package var metadataOffset: UInt64? { offset(of: .metadata) }
  /// The position of the tensor directory in the file.
  package var directoryOffset: UInt64? { offset(of: .directory) }

  private func offset(of kind: SectionKind) -> UInt64? { sections.first { $0.kind == kind }?.offset }

  /// True if the file holds only the tensors that differ from a base.
  public var isDelta: Bool { delta != nil }
  /// The size of all elements in memory.
  public var decodedByteCount: Int { entries.reduce(0) { $0 + $1.decodedByteCount } }
  /// The size of all chunks in the file, without padding.
  public var storedByteCount: Int { entries.reduce(0) { $0 + $1.storedByteCount } }
  /// The content root as 64 hexadecimal digits.
  public var contentRootHex: String { hexadecimal(contentRoot) }

  /// The entry of a tensor.
  ///
  /// - Complexity: logarithmic in the number of tensors.
  public func entry(named name: String) -> TensorEntry? {
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let candidate = entries[middle]
      if candidate.name == name { return candidate }
      if candidate.name.utf8.lexicographicallyPrecedes(name.utf8) {
        range = middle + 1..<range.upperBound
      } else {
        range = range.lowerBound..<middle
      }
    }
    return nil
  }
}
