import ResZoo

/// The parts of a file that are not its network: the base of a delta, signatures, notes.
struct Packaging: Encodable {
  /// The model that a delta differs from.
  struct Base: Encodable {
    var contentRoot: String
    /// The paths of the bases; nil when they were not found.
    var files: [String]?
    var tensorCount: Int
    var tensorBytes: Int
    var dropped: [String]
  }

  struct Signature: Encodable {
    /// 1 is Ed25519.
    var algorithm: UInt8
    var publicKey: String
  }

  struct Trace: Encodable {
    var seed: UInt64
    var inputSize: [Int]
  }

  /// A section that this version ignores, and no signature covers.
  struct Section: Encodable {
    var kind: String
    var bytes: Int
  }

  var base: Base?
  /// Nil when there are none.
  var unknownSections: [Section]?
  var signatures: [Signature]?
  var recipe: [String: String]?
  var notes: String?
  var trace: Trace?

  init(_ stack: CheckpointStack?, index: CheckpointIndex, descriptor: ModelDescriptor) {
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

  /// The same for people.
  var rows: [(String, String)] {
    var rows: [(String, String)] = []
    if let base {
      rows.append(("delta of", base.contentRoot))
      rows.append(("base", base.files?.joined(separator: ", ") ?? "not found here (--base names it)"))
      rows.append(("merged", "\(base.tensorCount) tensors, \(base.tensorBytes.grouped) bytes"))
    }
    for signature in signatures ?? [] {
      rows.append(
        signature.algorithm == CheckpointSignature.ed25519
          ? ("signed by", signature.publicKey + " (verify --public-key checks it)")
          : ("signature", "of algorithm \(signature.algorithm), which this version does not know"))
    }
    for section in unknownSections ?? [] {
      rows.append(
        ("unknown section", "'\(section.kind)', \(section.bytes.grouped) bytes, which no signature covers"))
    }
    for (name, value) in (recipe ?? [:]).sorted(by: { $0.key < $1.key }) {
      rows.append(("recipe \(name)", value))
    }
    if let notes { rows.append(("notes", notes)) }
    if let trace { rows.append(("golden trace", "seed \(trace.seed)")) }
    return rows
  }
}
