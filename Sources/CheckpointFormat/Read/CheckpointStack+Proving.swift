extension CheckpointStack {
  /// The same stack, in which each base that was looked for, or chosen among several that were named, holds the model that its header
  /// says: its tensors are hashed. In the place of one that does not, or is damaged, the next file that says so is taken.
  ///
  /// - Throws: why none of the files can be the base, with the name of each.
  /// - Complexity: linear in the size of the bases that were found, and of the files below them; constant if there are none.
  public func proven(threads: Int = 0) throws(CheckpointError) -> CheckpointStack {
    guard !isProven else { return self }
    var refused = RefusedBases()
    var stack = self
    while let (path, fault) = try stack.falseBase(threads: threads) {
      refused.insert(path, fault)
      stack = try Self.open(layers[0], bases: search, refused: &refused)
    }
    return CheckpointStack(proven: stack)
  }

  /// The paths of the bases that were looked for, or chosen among several that were named.
  public var foundBases: [String] {
    zip(layers, isFound).filter(\.1).map(\.0.path)
  }

  /// The lowest base that was found and is not what it says.
  private func falseBase(threads: Int) throws(CheckpointError) -> (path: String, fault: CheckpointError)? {
    guard let highest = isFound.firstIndex(of: true) else { return nil }
    var digests: [String: [UInt8]] = [:]
    for number in layers.indices.reversed() where number >= highest {
      let reader = layers[number]
      do throws(CheckpointError) {
        for (entry, digest) in zip(reader.index.entries, try reader.digests(threads: threads)) {
          digests[entry.name] = digest
        }
        try requireRoot(ofLayer: number, digests)
      } catch {
        guard isFound[number] else { throw error.inBase(reader.path) }
        return (reader.path, error)
      }
    }
    return nil
  }

  /// Compares the content root of a layer's merged model with the one that its header records.
  ///
  /// - Parameter digests: the SHA-256 of each tensor's elements, by name.
  func requireRoot(ofLayer number: Int, _ digests: [String: [UInt8]]) throws(CheckpointError) {
    let merged = sources[number]
    let root = ContentRoot.root(
      merged.map(\.entry.directoryTensor), digests: merged.map { digests[$0.entry.name] ?? [] })
    try ContentRoot.require(root, toBe: layers[number].index.contentRoot)
  }
}
