public import TensorCore

/// A checkpoint together with the bases that it differs from: all that it takes to have every tensor (FORMAT §11).
///
/// A complete checkpoint is a stack of one.
public struct CheckpointStack: Sendable {
  /// A tensor of the merged model, and the file that stores it.
  public struct Source: Hashable, Sendable {
    /// The index in ``CheckpointStack/layers`` of the file that stores it.
    public let layer: Int
    /// The tensor's entry in that file's index.
    public let entry: TensorEntry
  }

  /// The checkpoint that was opened, its base, and so on; the last one is complete.
  public let layers: [CheckpointReader]
  /// For each layer, whether its file was looked for, or chosen among several, and only says which model it holds.
  let isFound: [Bool]
  /// The search by which the bases were found.
  let search: BaseSearch
  /// True if no file is only believed to hold the model that a delta needs.
  let isProven: Bool
  /// True if the tensors that are loaded must have the content root of the header.
  package let isPinned: Bool
  /// The tensors of each layer's merged model, in ascending order of their names.
  let sources: [[Source]]

  /// Opens a checkpoint and finds its bases. No blob is read.
  ///
  /// - Throws: as ``CheckpointReader/init(path:allowingAnySize:)``, and the codes of FORMAT §11.3.
  /// - Complexity: linear in the size of all indices, and in the number of files that are looked at.
  public init(path: String, bases: BaseSearch = BaseSearch()) throws(CheckpointError) {
    try self.init(CheckpointReader(path: path), bases: bases)
  }

  /// Finds the bases of a checkpoint that is open.
  public init(_ reader: CheckpointReader, bases: BaseSearch = BaseSearch()) throws(CheckpointError) {
    var refused = RefusedBases()
    self = try Self.open(reader, bases: bases, refused: &refused)
  }

  init(_ layers: [Layer], sources: [[Source]], search: BaseSearch) {
    self.layers = layers.map(\.reader)
    isFound = layers.map { !$0.isNamed }
    isProven = layers.allSatisfy(\.isNamed)
    isPinned = false
    self.search = search
    self.sources = sources
  }

  /// The same files, of which each holds the model that it says.
  init(proven stack: CheckpointStack, isPinned: Bool = false) {
    layers = stack.layers
    isFound = stack.isFound
    isProven = true
    self.isPinned = isPinned || stack.isPinned
    search = stack.search
    sources = stack.sources
  }

  /// The same stack, ``proven(threads:)``, whose tensors are hashed when they are loaded, and refused unless they have the content root of
  /// the header: a file that another program changes after it was verified is noticed.
  public func pinned(threads: Int = 0) throws(CheckpointError) -> CheckpointStack {
    CheckpointStack(proven: try proven(threads: threads), isPinned: true)
  }

  /// The index of the checkpoint that was opened.
  public var index: CheckpointIndex { layers[0].index }
  /// The tensors of the merged model, in ascending order of their names.
  public var tensors: [Source] { sources[0] }
  /// The size of all elements of the merged model in memory.
  public var decodedByteCount: Int { tensors.reduce(0) { $0 + $1.entry.decodedByteCount } }

  /// The merged model of a layer, FORMAT §11.2.
  static func merge(
    _ base: [Source], _ reader: CheckpointReader, number: Int
  ) throws(CheckpointError) -> [Source] {
    let own = reader.index.entries.map { Source(layer: number, entry: $0) }
    guard let delta = reader.index.delta else { return own }
    let stored = Set(own.map(\.entry.name))
    var dropped = Set(delta.dropped)
    let kept = base.filter { source in
      dropped.remove(source.entry.name) == nil && !stored.contains(source.entry.name)
    }
    if let name = dropped.min() {
      throw CheckpointError(.baseMismatch, "it drops tensor \(name), which its base does not have")
    }
    let merged = (kept + own).sorted { $0.entry.name.utf8.lexicographicallyPrecedes($1.entry.name.utf8) }
    let byteCount = merged.reduce(0) { $0 + $1.entry.decodedByteCount }
    guard merged.count == delta.mergedTensorCount, byteCount == delta.mergedByteCount else {
      throw CheckpointError(
        .baseMismatch,
        """
        with its base it has \(merged.count) tensors of \(byteCount) bytes, where \(delta.mergedTensorCount) of \
        \(delta.mergedByteCount) are recorded
        """)
    }
    return merged
  }

  /// Loads every tensor of the merged model, as ``CheckpointReader/loadTensors(threads:names:)`` does. Bases that were found are
  /// ``proven(threads:)`` before.
  ///
  /// - Throws: as there; `contentRootMismatch` where the stack is ``pinned(threads:)``.
  /// - Complexity: linear in the stored bytes of the merged model's tensors; memory is their decoded size, whatever else the bases hold.
  public func loadTensors(threads: Int = 0) throws(CheckpointError) -> [String: Tensor] {
    guard isProven else { return try proven(threads: threads).loadTensors(threads: threads) }
    try CheckpointReader.requireMemory(decodedByteCount)
    let digests = isPinned ? LoadedDigests(threads: threads) : nil
    var tensors: [String: Tensor] = [:]
    try forEachLayer { reader, names throws(CheckpointError) in
      let loaded = try reader.loadTensors(threads: threads, names: names)
      try digests?.add(loaded)
      tensors.merge(loaded) { first, _ in first }
    }
    if let digests { try requireRoot(ofLayer: 0, digests.all) }
    return tensors
  }

  /// Loads every tensor of the merged model, as ``CheckpointReader/loadWidened(threads:names:)`` does. Bases that were found are
  /// ``proven(threads:)`` before.
  ///
  /// - Throws: as ``loadTensors(threads:)``.
  /// - Complexity: as ``CheckpointReader/loadWidened(threads:names:)``, for the merged model's tensors.
  public func loadWidened(threads: Int = 0) throws(CheckpointError) -> WidenedTensors {
    guard isProven else { return try proven(threads: threads).loadWidened(threads: threads) }
    try CheckpointReader.requireMemory(
      self.tensors.reduce(0) { $0 + max(4 * $1.entry.shape.elementCount, $1.entry.decodedByteCount) })
    let digests = isPinned ? LoadedDigests(threads: threads) : nil
    var tensors = WidenedTensors()
    try forEachLayer { reader, names throws(CheckpointError) in
      tensors.merge(try reader.loadWidened(threads: threads, names: names, digests: digests))
    }
    if let digests { try requireRoot(ofLayer: 0, digests.all) }
    return tensors
  }

  /// Visits the files with the names of the tensors that the merged model takes from each.
  private func forEachLayer(
    _ body: (CheckpointReader, Set<String>) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    for number in layers.indices {
      let names = Set(tensors.filter { $0.layer == number }.map(\.entry.name))
      try withLayer(number) { reader throws(CheckpointError) in try body(reader, names) }
    }
  }

  /// Does something with a layer. Its errors name the file where it is a base.
  private func withLayer<Result>(
    _ number: Int, _ body: (CheckpointReader) throws(CheckpointError) -> Result
  ) throws(CheckpointError) -> Result {
    do throws(CheckpointError) {
      return try body(layers[number])
    } catch {
      throw number == 0 ? error : error.inBase(layers[number].path)
    }
  }

  /// Verifies every file of the stack whole (in the place of a base that is damaged or forged, another one if there is one), and that each one's
  /// merged model has the content root that its header records.
  ///
  /// - Throws: as ``CheckpointReader/verify(threads:)``.
  public func verify(threads: Int = 0) throws(CheckpointError) {
    _ = try proven(threads: threads).verifiedDigests(threads: threads)
  }

  /// The SHA-256 of the elements of each of ``tensors``, with everything verified.
  func verifiedDigests(threads: Int) throws(CheckpointError) -> [[UInt8]] {
    var digests: [String: [UInt8]] = [:]
    for number in layers.indices.reversed() {
      digests = try withLayer(number) { [digests] reader throws(CheckpointError) in
        var digests = digests
        for (entry, digest) in zip(reader.index.entries, try reader.digests(threads: threads)) {
          digests[entry.name] = digest
        }
        try requireRoot(ofLayer: number, digests)
        return digests
      }
    }
    return tensors.map { digests[$0.entry.name] ?? [] }
  }
}
