import Datasets

/// Features of images, read from a cache where it has them.
///
/// The batches are the same as without a cache: full, and without the images that cannot be read.
final class CachedFeatureInputs: InputSource {
  private let features: FeatureLoader
  private let set: ImageSet
  private let order: [Int]
  private let epoch: Int
  private let unreadableLimit: Int
  private var place = 0
  private(set) var unreadableCount = 0
  private(set) var unreadable: [String] = []

  /// - Parameters:
  ///   - epoch: the number of the epoch, from 1.
  ///   - unreadableLimit: the most images that may be unreadable; nil for the usual limit.
  init(
    _ features: FeatureLoader, set: ImageSet, order: [Int], epoch: Int, unreadableLimit: Int?
  ) {
    self.features = features
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
      unreadable.append("\(set.sources[image]): \(features.reason(image) ?? "cannot be read")")
    }
    guard unreadableCount > unreadableLimit || unreadableCount == order.count else { return }
    throw BatchLoader.tooManyUnreadable(
      unreadableCount, of: place, all: order.count, limit: unreadableLimit, examples: unreadable)
  }
}
