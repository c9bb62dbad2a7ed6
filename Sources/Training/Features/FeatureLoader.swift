/// Fills batches with features: read where the cache has them, computed and kept where not. Both give the same bits.
final class FeatureLoader {
  /// The cache.
  let cache: FeatureCache
  /// The number of features that were computed so far.
  private(set) var computedCount = 0
  /// The number of features that were read so far.
  private(set) var readCount = 0
  private let computer: any FeatureComputing
  private let targets: [TrainingBatch.Target]
  private let computed: TrainingBatch

  /// - Parameters:
  ///   - computer: computes the features that the cache does not have.
  ///   - targets: that of each image of the set.
  init(cache: FeatureCache, computer: any FeatureComputing, targets: [TrainingBatch.Target]) {
    self.cache = cache
    self.computer = computer
    self.targets = targets
    computed = TrainingBatch(capacity: cache.batch, shape: cache.shape)
  }

  /// The entry of an image in an epoch, which is counted from 0: the views of an image take turns.
  func entry(image: Int, epoch: Int) -> FeatureCache.Entry {
    FeatureCache.Entry(image: image, view: epoch % cache.views)
  }

  /// Fills a batch with the features of entries, and with their classes as targets.
  ///
  /// - Returns: the positions in `entries` of the inputs of the batch, in their order; the images of the others cannot be read.
  /// - Precondition: the batch has room for all, and the shape of the cache.
  func fill(
    _ batch: TrainingBatch, with entries: [FeatureCache.Entry]
  ) throws(TrainingError) -> [Int] {
    precondition(
      entries.count <= batch.capacity && batch.shape == cache.shape,
      "\(entries.count) features of \(cache.shape) for a batch of \(batch.capacity) of \(batch.shape)")
    cache.willRead(entries)
    var isFilled = Array(repeating: true, count: entries.count)
    var missing: [Int] = []
    for (position, entry) in entries.enumerated() where !read(entry, to: position, of: batch) {
      isFilled[position] = false
      missing.append(position)
    }
    while !missing.isEmpty {
      let some = distinct(missing, of: entries)
      for position in try compute(some, of: entries, into: batch) { isFilled[position] = true }
      let done = Set(some)
      missing.removeAll { done.contains($0) }
    }
    let filled = entries.indices.filter { isFilled[$0] }
    try compact(batch, to: filled)
    batch.targets = filled.map { targets[entries[$0].image] }
    return filled
  }

  /// The reason why an image could not be read; nil for other images.
  func reason(_ image: Int) -> String? { computer.reasons[image] }

  private func read(_ entry: FeatureCache.Entry, to position: Int, of batch: TrainingBatch) -> Bool {
    let cache = self.cache
    guard batch.withInput(position, { cache.read(entry, into: &$0) }) else { return false }
    readCount += 1
    return true
  }

  /// Returns the first positions whose entries differ, at most as many as are computed at once.
  private func distinct(_ positions: [Int], of entries: [FeatureCache.Entry]) -> [Int] {
    var seen: Set<FeatureCache.Entry> = []
    return Array(positions.filter { seen.insert(entries[$0]).inserted }.prefix(computed.capacity))
  }

  /// Computes the entries at some positions, keeps them, and writes them to their inputs.
  private func compute(
    _ positions: [Int], of entries: [FeatureCache.Entry], into batch: TrainingBatch
  ) throws(TrainingError) -> [Int] {
    let found = try computer.compute(positions.map { entries[$0] }, into: computed).map { positions[$0] }
    try cache.encode(found.count, of: computed)
    cache.storeEncoded(found.map { entries[$0] })
    for (row, position) in found.enumerated() { decode(row, to: position, of: batch) }
    computedCount += found.count
    return found
  }

  /// Moves inputs to the front of the batch, over inputs that could not be filled.
  private func compact(_ batch: TrainingBatch, to filled: [Int]) throws(TrainingError) {
    for (row, position) in filled.enumerated() where row != position {
      try cache.encode(position, of: batch, to: 0)
      decode(0, to: row, of: batch)
    }
  }

  private func decode(_ row: Int, to position: Int, of batch: TrainingBatch) {
    let cache = self.cache
    batch.withInput(position) { cache.decode(row, to: &$0) }
  }
}
