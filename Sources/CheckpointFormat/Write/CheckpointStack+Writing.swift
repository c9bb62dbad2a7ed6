public import TensorCore

extension CheckpointStack {
  /// Writes a complete checkpoint of the merged model, with the same documents and signatures.
  ///
  /// - Throws: `contentRootMismatch` when the tensors are not those that the content root names, before anything is written; as
  ///   ``loadTensors(threads:)`` and ``CheckpointWriter``.
  @discardableResult
  public func writeComplete(
    codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    try draftComplete(codec: codec, threads: threads, to: path).commit()
  }

  /// Writes a complete checkpoint as ``writeComplete(codec:threads:to:)`` does, but for its name.
  public func draftComplete(
    codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointDraft {
    let tensors = try loadTensors(threads: threads)
    return try CheckpointWriter.draft(
      IndexParts(
        architectureJSON: index.architectureJSON, metadataJSON: index.metadataJSON,
        signatures: index.signatures),
      tensors: tensors.map { ($0, $1) }, codec: codec, threads: threads, contentRoot: index.contentRoot,
      to: path)
  }

  /// Writes a delta of the merged model from another one, with the same documents and signatures.
  ///
  /// - Throws: as ``CheckpointWriter/writeDelta(architectureJSON:metadataJSON:tensors:from:codec:threads:to:)``.
  @discardableResult
  public func writeDelta(
    from base: CheckpointStack, codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    let tensors = try loadTensors(threads: threads)
    return try CheckpointWriter.writeDelta(
      IndexParts(
        architectureJSON: index.architectureJSON, metadataJSON: index.metadataJSON,
        signatures: index.signatures),
      tensors: tensors.map { ($0, $1) }, from: base, codec: codec, threads: threads,
      contentRoot: index.contentRoot, to: path)
  }
}

extension CheckpointWriter {
  /// Writes a checkpoint of only those tensors that differ from a base in type, shape or any bit (FORMAT §11). The base is
  /// verified whole.
  ///
  /// - Parameters:
  ///   - tensors: all tensors of the model, in any order.
  ///   - base: what the file will need to be read.
  /// - Throws: `invalidInput` when the base has the same tensors; why the base is not sound; as
  ///   ``write(architectureJSON:metadataJSON:tensors:codec:threads:to:)``.
  @discardableResult
  public static func writeDelta(
    architectureJSON: [UInt8], metadataJSON: [UInt8], tensors: [(name: String, tensor: Tensor)],
    from base: CheckpointStack, codec: Codec = .automatic, threads: Int = 0, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    try writeDelta(
      IndexParts(architectureJSON: architectureJSON, metadataJSON: metadataJSON), tensors: tensors,
      from: base,
      codec: codec, threads: threads, to: path)
  }

  /// - Parameter contentRoot: what the root of the model must be; nil when the tensors decide.
  static func writeDelta(
    _ parts: IndexParts, tensors: [(name: String, tensor: Tensor)], from base: CheckpointStack, codec: Codec,
    threads: Int, contentRoot: [UInt8]? = nil, to path: String
  ) throws(CheckpointError) -> CheckpointSummary {
    let sorted = sorted(tensors)
    let directory = try makeDirectory(sorted)
    let digests = try digests(of: sorted.map(\.tensor), threads: threads)
    let root = ContentRoot.root(directory.tensors, digests: digests)
    try ContentRoot.require(root, toBe: contentRoot ?? root)
    let baseDigests: [[UInt8]]
    var base = base
    do throws(CheckpointError) {
      base = try base.proven(threads: threads)
      baseDigests = try base.verifiedDigests(threads: threads)
    } catch {
      throw error.inBase(base.layers[0].path)
    }
    guard root != base.index.contentRoot else {
      throw CheckpointError(
        .invalidInput, "has the same tensors as \(base.layers[0].path): there is no difference to store")
    }
    var held: [String: (tensor: DirectoryTensor, digest: [UInt8])] = [:]
    for (source, digest) in zip(base.tensors, baseDigests) {
      held[source.entry.name] = (source.entry.directoryTensor, digest)
    }
    var stored: [(name: String, tensor: Tensor)] = []
    for ((tensor, entry), digest) in zip(zip(sorted, directory.tensors), digests) {
      let other = held.removeValue(forKey: entry.name)
      if other?.tensor != entry || other?.digest != digest { stored.append(tensor) }
    }
    var parts = parts
    parts.delta = DeltaBase(
      contentRoot: base.index.contentRoot, mergedTensorCount: sorted.count,
      mergedByteCount: directory.tensors.reduce(0) { $0 + $1.decodedByteCount },
      dropped: held.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    return try write(
      parts, tensors: stored, codec: codec, threads: threads, contentRoot: root, to: path)
  }
}
