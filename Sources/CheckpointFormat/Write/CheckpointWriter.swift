import Messages
public import TensorCore

/// A summary of a checkpoint that was written.
public struct CheckpointSummary: Hashable, Sendable {
  /// The size of the file.
  public let fileByteCount: UInt64
  /// The size of everything before the blobs.
  public let indexByteCount: UInt64
  /// The size of all chunks in the file, without padding.
  public let storedByteCount: Int
  /// The size of all elements in memory.
  public let decodedByteCount: Int
  /// Number of tensors.
  public let tensorCount: Int
  /// SHA-256 over the decoded tensors (FORMAT §7).
  public let contentRoot: [UInt8]

  /// The content root as 64 hexadecimal digits.
  public var contentRootHex: String { hexadecimal(contentRoot) }
}

/// Writes checkpoints.
public struct CheckpointWriter {
  /// Writes a checkpoint atomically: `path` names the new file when all of it is on the disk, and is untouched otherwise.
  ///
  /// A symbolic link is followed; the mode of an existing file is kept. The same arguments give the same bytes, whatever the
  /// order of `tensors` and the number of threads, as long as zlib stays the same.
  ///
  /// - Parameters:
  ///   - architectureJSON: the architecture, a JSON object in UTF-8, at most 1 MiB.
  ///   - metadataJSON: the metadata, a JSON object in UTF-8, at most 2 MiB.
  ///   - tensors: in any order; the file sorts them by name.
  ///   - threads: how many threads encode; 0 means one for each core.
  /// - Throws: `badName`, `duplicateName`, `badText`, `badDocument`, `badDirectory`, `invalidInput` for what cannot be written;
  ///   `folderNotFound`, `permissionDenied`, `notARegularFile`, `diskFull`, `writeFailed`.
  /// - Complexity: linear in the size of the tensors; memory beyond them is about 4 MiB for each thread.
  @discardableResult
  public static func write(
    architectureJSON: [UInt8], metadataJSON: [UInt8], tensors: [(name: String, tensor: Tensor)],
    codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    try write(
      IndexParts(architectureJSON: architectureJSON, metadataJSON: metadataJSON), tensors: tensors,
      codec: codec, threads: threads, to: path)
  }

  /// Writes a checkpoint as ``write(architectureJSON:metadataJSON:tensors:codec:threads:to:)`` does, but for its name.
  public static func draft(
    architectureJSON: [UInt8], metadataJSON: [UInt8], tensors: [(name: String, tensor: Tensor)],
    codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointDraft {
    try draft(
      IndexParts(architectureJSON: architectureJSON, metadataJSON: metadataJSON), tensors: tensors,
      codec: codec, threads: threads, to: path)
  }

  /// Writes a checkpoint, with the arguments of its draft.
  @discardableResult
  static func write(
    _ parts: IndexParts, tensors: [(name: String, tensor: Tensor)], codec: Codec, threads: Int,
    chunkExponent: UInt8 = Format.writtenChunkExponent, contentRoot: [UInt8]? = nil, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    try draft(
      parts, tensors: tensors, codec: codec, threads: threads, chunkExponent: chunkExponent,
      contentRoot: contentRoot, to: path
    ).commit()
  }

  /// Writes a checkpoint, but for its name.
  ///
  /// - Parameters:
  ///   - chunkExponent: the size of the chunks, FORMAT §4.
  ///   - contentRoot: what the root must be; of a delta that of the merged model. Nil when the tensors decide.
  static func draft(
    _ parts: IndexParts, tensors: [(name: String, tensor: Tensor)], codec: Codec, threads: Int,
    chunkExponent: UInt8 = Format.writtenChunkExponent, contentRoot: [UInt8]? = nil, to path: String
  ) throws(CheckpointError) -> CheckpointDraft {
    let sorted = sorted(tensors)
    let directory = try makeDirectory(sorted, chunkExponent: chunkExponent)
    var index = try IndexBuilder(parts, directory: directory, compressing: codec == .automatic)
    if let contentRoot, parts.delta != nil {
      index.contentRoot = contentRoot
    } else {
      let digests = try digests(of: sorted.map(\.tensor), threads: threads)
      index.contentRoot = ContentRoot.root(directory.tensors, digests: digests)
      try ContentRoot.require(index.contentRoot, toBe: contentRoot ?? index.contentRoot)
    }
    let file = try CheckpointOutput(path: path)
    try file.pad(to: index.blobOffset)
    index.chunks = try BlobEncoder(
      tensors: sorted.map(\.tensor), directory: directory, codec: codec, threads: threads
    ).write(to: file, blobOffset: index.blobOffset)
    let fileByteCount = file.byteCount
    let bytes = index.encoded(fileLength: fileByteCount)
    // The reader's own rules, before the file gets its name.
    let header = try FileHeader(bytes.rawBytes, fileByteCount: fileByteCount)
    let parsed = try CheckpointIndex(bytes.rawBytes, header: header)
    try parsed.checkSignatures()
    try file.overwriteStart(bytes.rawBytes)
    return CheckpointDraft(
      file,
      CheckpointSummary(
        fileByteCount: fileByteCount, indexByteCount: index.blobOffset,
        storedByteCount: parsed.storedByteCount, decodedByteCount: parsed.decodedByteCount,
        tensorCount: parsed.entries.count, contentRoot: parsed.contentRoot))
  }

  /// Tensors in the order of their names' bytes.
  static func sorted(
    _ tensors: [(name: String, tensor: Tensor)]
  ) -> [(name: String, tensor: Tensor)] {
    tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Proves, before there are tensors to write, that a file can have so many.
  ///
  /// - Throws: `badDirectory`, as writing them would.
  package static func require(tensorCount: Int) throws(CheckpointError) {
    try TensorDirectory.require(count: tensorCount, at: nil)
  }

  static func makeDirectory(
    _ tensors: [(name: String, tensor: Tensor)], chunkExponent: UInt8 = Format.writtenChunkExponent
  ) throws(CheckpointError) -> TensorDirectory {
    var entries: [DirectoryTensor] = []
    for (name, tensor) in tensors {
      try TensorName.validate(Array(name.utf8), at: nil)
      let extents = tensor.shape.dimensions
      guard extents.count <= Format.rankLimit, extents.allSatisfy({ $0 <= UInt32.max }) else {
        throw CheckpointError(
          .badDirectory,
          "tensor \(name) has shape \(tensor.shape); at most \(Format.rankLimit) extents below 2^32 can be stored"
        )
      }
      try TensorDirectory.requireRank(extents.count, for: tensor.elementType, of: name, at: nil)
      let shape = try TensorDirectory.shape(extents, of: name, at: nil)
      try ChannelScales.require(tensor, named: name)
      entries.append(DirectoryTensor(name: name, elementType: tensor.elementType, shape: shape))
    }
    let directory = TensorDirectory(chunkExponent: chunkExponent, tensors: entries)
    try directory.validate(at: nil, fileLength: nil)
    return directory
  }

  /// The SHA-256 of the elements of each tensor.
  static func digests(of tensors: [Tensor], threads: Int) throws(CheckpointError) -> [[UInt8]] {
    let digests = ResultSlots<[UInt8]>(count: tensors.count)
    try Parallel.run(jobs: tensors.count, threads: threads, worker: {}) { _, job throws(CheckpointError) in
      let tensor = tensors[job]
      digests.set(job, ContentRoot.digest(of: tensor.bytes))
    }
    return digests.all()
  }
}
