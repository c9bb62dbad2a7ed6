/// The features of pictures behind the frozen part, read where they are kept.
///
/// The batches are those that computing all features anew would give: full ones, without the pictures that cannot be read.
final class CachedInputs: InputSource {
  private let features: CachedFeatures
  private let source: PictureFeatures
  private let set: PictureSet
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
    _ features: CachedFeatures, computedBy source: PictureFeatures, set: PictureSet, order: [Int], epoch: Int,
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
    var pictures: [Int] = []
    while pictures.count < batch.capacity, place < order.count {
      let more = order[place..<min(place + batch.capacity - pictures.count, order.count)]
      place += more.count
      pictures += more
      let filled = try features.fill(
        batch, with: pictures.map { features.entry(picture: $0, epoch: epoch - 1) })
      if filled.count < pictures.count {
        let readable = Set(filled)
        try note(pictures.indices.filter { !readable.contains($0) }.map { pictures[$0] })
        pictures = filled.map { pictures[$0] }
      }
    }
    return pictures.isEmpty ? nil : pictures
  }

  private func note(_ pictures: [Int]) throws(TrainingError) {
    for picture in pictures {
      unreadableCount += 1
      guard unreadable.count < BatchLoader.unreadableListLimit else { continue }
      unreadable.append("\(set.sources[picture]): \(source.reasons[picture] ?? "cannot be read")")
    }
    guard unreadableCount > unreadableLimit || unreadableCount == order.count else { return }
    throw BatchLoader.tooManyUnreadable(
      unreadableCount, of: place, all: order.count, limit: unreadableLimit, examples: unreadable)
  }
}
