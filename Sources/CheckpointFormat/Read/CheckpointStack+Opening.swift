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
        guard let top = layers.last, !top.isNamed else { throw error }
        refused.insert(top.reader.path, error, at: layers.count - 1)
        continue
      }
      var models: [[Source]] = []
      var mismatch: CheckpointError?
      while mismatch == nil, models.count < layers.count {
        let number = layers.count - models.count - 1
        do throws(CheckpointError) {
          models.insert(try merge(models.first ?? [], layers[number].reader, number: number), at: 0)
        } catch {
          mismatch = error
        }
      }
      guard let mismatch else { return CheckpointStack(layers, sources: models, search: bases) }
      let (number, fault) = try culprit(mismatch, layers, models, &refused)
      refused.insert(layers[number].reader.path, fault, at: number)
    }
  }

  /// Which file is to be refused when a delta does not fit its base: one below it that is not what its header says, else the delta.
  ///
  /// - Parameter models: the merged models of the layers below the delta.
  /// - Throws: why the delta does not fit, if it is the opened file or was named.
  private static func culprit(
    _ mismatch: CheckpointError, _ layers: [Layer], _ models: [[Source]], _ refused: inout RefusedBases
  ) throws(CheckpointError) -> (number: Int, fault: CheckpointError) {
    let found = try falseBase(
      layers.map(\.reader), isFound: layers.map { !$0.isNamed }, models: models, known: &refused, threads: 0)
    if let found { return found }
    let number = layers.count - models.count - 1
    guard layers[number].isNamed else { return (number, mismatch) }
    throw number == 0 ? mismatch : mismatch.inBase(layers[number].reader.path)
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
      layers.append(try bases.base(of: top, delta, depth: layers.count, refused: &refused))
    }
  }
}
