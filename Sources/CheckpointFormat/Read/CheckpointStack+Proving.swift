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
    while let (number, fault) = try Self.falseBase(
      stack.layers, isFound: stack.isFound, models: stack.sources, known: &refused, threads: threads)
    {
      refused.insert(stack.layers[number].path, fault, at: number)
      stack = try Self.open(layers[0], bases: search, refused: &refused)
    }
    return CheckpointStack(proven: stack)
  }

  /// The stack to take weights from: its bases are proven, and with a key everything is verified, in files that stay the same, and the key must
  /// have signed it.
  ///
  /// - Parameters:
  ///   - key: nil for any signatures, or none.
  ///   - pins: true if what is loaded is compared with the content root without a key too.
  /// - Throws: ``CheckpointError``.
  public func trusted(
    signedBy key: VerifyingKey?, pins: Bool = false, threads: Int = 0
  ) throws(CheckpointError) -> CheckpointStack {
    guard pins || key != nil else { return try proven(threads: threads) }
    let stack = try pinned(threads: threads)
    if let key {
      try stack.verify(threads: threads)
      try stack.index.checkSignatures(by: key)
    }
    return stack
  }

  /// The paths of the bases that were looked for, or chosen among several that were named.
  public var foundBases: [String] {
    zip(layers, isFound).filter(\.1).map(\.0.path)
  }

  /// The place of the lowest base that was found and is not what it says.
  ///
  /// - Parameter models: the merged models of the last layers; nothing above them is asked about.
  static func falseBase(
    _ layers: [CheckpointReader], isFound: [Bool], models: [[Source]], known: inout RefusedBases, threads: Int
  ) throws(CheckpointError) -> (number: Int, fault: CheckpointError)? {
    let first = layers.count - models.count
    guard let highest = isFound.indices.first(where: { $0 >= first && isFound[$0] }) else { return nil }
    var digests: [String: [UInt8]] = [:]
    for number in layers.indices.reversed() where number >= highest {
      let reader = layers[number]
      do throws(CheckpointError) {
        digests.merge(try known.digests(of: reader, threads: threads)) { $1 }
        try requireRoot(of: reader, holding: models[number - first], digests)
      } catch {
        guard isFound[number] else { throw error.inBase(reader.path) }
        return (number, error)
      }
    }
    return nil
  }

  /// Compares the content root of a layer's merged model with the one that its header records.
  ///
  /// - Parameter digests: the SHA-256 of each tensor's elements, by name.
  func requireRoot(ofLayer number: Int, _ digests: [String: [UInt8]]) throws(CheckpointError) {
    try Self.requireRoot(of: layers[number], holding: sources[number], digests)
  }

  private static func requireRoot(
    of reader: CheckpointReader, holding model: [Source], _ digests: [String: [UInt8]]
  ) throws(CheckpointError) {
    let root = ContentRoot.root(
      model.map(\.entry.directoryTensor), digests: model.map { digests[$0.entry.name] ?? [] })
    try ContentRoot.require(root, toBe: reader.index.contentRoot)
  }
}
