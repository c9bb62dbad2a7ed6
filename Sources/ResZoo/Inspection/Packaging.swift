package import CheckpointFormat
package import ModelDescriptor

/// The parts of a file that are not its network: the base of a delta, signatures, notes.
package struct Packaging: Encodable {
  /// The model that a delta differs from.
  package struct Base: Encodable {
    package var contentRoot: String
    /// The paths of the bases; nil when they were not found.
    package var files: [String]?
    package var tensorCount: Int
    package var tensorBytes: Int
    package var dropped: [String]
  }

  package struct Signature: Encodable {
    /// 1 is Ed25519.
    package var algorithm: UInt8
    package var publicKey: String
  }

  package struct Trace: Encodable {
    package var seed: UInt64
    package var inputSize: [Int]
  }

  /// A section that this version ignores, and no signature covers.
  package struct Section: Encodable {
    package var kind: String
    package var bytes: Int
  }

  package var base: Base?
  /// Nil when there are none.
  package var unknownSections: [Section]?
  package var signatures: [Signature]?
  package var recipe: [String: String]?
  package var notes: String?
  package var trace: Trace?

  package init(_ stack: CheckpointStack?, index: CheckpointIndex, descriptor: ModelDescriptor) {
    base = index.delta.map { delta in
      Base(
        contentRoot: delta.contentRootHex, files: stack?.layers.dropFirst().map(\.path),
        tensorCount: delta.mergedTensorCount, tensorBytes: delta.mergedByteCount, dropped: delta.dropped)
    }
    let signers = index.signatures.map { Signature(algorithm: $0.algorithm, publicKey: $0.publicKeyHex) }
    signatures = signers.isEmpty ? nil : signers
    let unknown = index.unknownSections.map { Section(kind: $0.kind, bytes: $0.byteCount) }
    unknownSections = unknown.isEmpty ? nil : unknown
    recipe = descriptor.recipe.isEmpty ? nil : descriptor.recipe
    notes = descriptor.notes
    trace = descriptor.trace.map { Trace(seed: $0.seed, inputSize: $0.inputSize) }
  }
}
