/// The features of images behind the frozen part, read where they are kept.
///
/// The batches are those that computing all features anew would give: full ones, without the images that cannot be read.
final class CachedInputs: InputSource {
  private let features: CachedFeatures
  private let source: ImageFeatures
  private let set: ImageSet
  private let order: [Int]
  private let epoch: Int
  private let unreadableLimit: Int
  private var place = 0
  private(set) var unreadableCount = 0
  private(set) var unreadable: [String] = []

  /// - Parameters:
  ///   - epoch: from 1.
  ///   - unreadableLimit: nil for the usual one.
  init(
    _ features: CachedFeatures, computedBy source: ImageFeatures, set: ImageSet, order: [Int], epoch: Int,
    unreadableLimit: Int?
  ) {
    self.features = features
    self.source = source
    self.set = set
    self.order = order
    self.epoch = epoch
    self.unreadableLimit = unreadableLimit ?? BatchLoader.usualUnreadableLimit(count: order.count)
  }

  func next(into batch: TrainingBatch) throws(TrainingError) -> [Int]? {
    var images: [Int] = []
    while images.count < batch.capacity, place < order.count {
      let more = order[place..<min(place + batch.capacity - images.count, order.count)]
      place += more.count
      images += more
      let filled = try features.fill(
        batch, with: images.map { features.entry(image: $0, epoch: epoch - 1) })
      if filled.count < images.count {
        let readable = Set(filled)
        try note(images.indices.filter { !readable.contains($0) }.map { images[$0] })
        images = filled.map { images[$0] }
      }
    }
    return images.isEmpty ? nil : images
  }

  private func note(_ images: [Int]) throws(TrainingError) {
    for image in images {
      unreadableCount += 1
      guard unreadable.count < BatchLoader.unreadableListLimit else { continue }
      unreadable.append("\(set.sources[image]): \(source.reasons[image] ?? "cannot be read")")
    }
    guard unreadableCount > unreadableLimit || unreadableCount == order.count else { return }
    throw BatchLoader.tooManyUnreadable(
      unreadableCount, of: place, all: order.count, limit: unreadableLimit, examples: unreadable)
  }
}
