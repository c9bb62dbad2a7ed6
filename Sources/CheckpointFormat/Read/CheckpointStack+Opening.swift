extension CheckpointStack {
  /// A file of a stack: the one that was opened, or a base.
  typealias Layer = BaseSearch.Found

  /// Finds the bases of a checkpoint among the files that were not refused. A file that was found and does not fit is refused, and
  /// another one is looked for.
  static func open(
    _ reader: CheckpointReader, bases: BaseSearch, refused: inout RefusedBases
  ) throws(CheckpointError) -> CheckpointStack {
    while true {
      var layers = [Layer(reader: reader, isNamed: true)]
      do throws(CheckpointError) {
        try findBases(&layers, bases, &refused)
      } catch {
        // Why a base that was found cannot be used itself.
        guard let top = layers.last, !top.isNamed, error.code != .baseChainTooLong else { throw error }
        refused.insert(top.reader.path, error)
        continue
      }
      var sources: [[Source]] = []
      var mismatch: (layer: Int, error: CheckpointError)?
      for (number, layer) in layers.enumerated().reversed() where mismatch == nil {
        do throws(CheckpointError) {
          sources.insert(try merge(sources.first ?? [], layer.reader, number: number), at: 0)
        } catch {
          mismatch = (number, error)
        }
      }
      guard let mismatch else { return CheckpointStack(layers, sources: sources, search: bases) }
      guard mismatch.layer + 1 < layers.count, !layers[mismatch.layer + 1].isNamed else {
        throw mismatch.layer == 0
          ? mismatch.error : mismatch.error.inBase(layers[mismatch.layer].reader.path)
      }
      refused.insert(layers[mismatch.layer + 1].reader.path, mismatch.error)
    }
  }

  /// Appends the bases of the last layer, down to a complete file.
  private static func findBases(
    _ layers: inout [Layer], _ bases: BaseSearch, _ refused: inout RefusedBases
  ) throws(CheckpointError) {
    while let top = layers.last?.reader, let delta = top.index.delta {
      guard !layers.contains(where: { $0.reader.index.contentRoot == delta.contentRoot }) else {
        throw CheckpointError(
          .baseCycle,
          "\(top.path) differs from a model that itself differs from it: their deltas form a circle; one of them is needed whole"
        )
      }
      guard layers.count <= Format.deltaChainLimit else {
        throw CheckpointError(
          .baseChainTooLong,
          "more than \(Format.deltaChainLimit) deltas build on each other"
        )
      }
      layers.append(try bases.base(of: top, delta, isFirst: layers.count == 1, refused: &refused))
    }
  }
}
