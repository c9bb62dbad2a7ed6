/// Computes features: loads images, augments them, and runs the frozen part of a network on them.
final class ImageFeatures: FeatureSource {
  /// Opens a loader of images as they are in an epoch, any of which may be unreadable.
  typealias Loading = (_ order: [Int], _ epoch: Int) throws(TrainingError) -> BatchLoader

  /// Why images could not be read, by their positions in the set; they are not tried again.
  private(set) var reasons: [Int: String] = [:]
  private let frozen: FrozenPart
  private let load: Loading

  init(_ frozen: FrozenPart, load: @escaping Loading) {
    self.frozen = frozen
    self.load = load
  }

  func compute(
    _ entries: [FeatureCache.Entry], into features: TrainingBatch
  ) throws(TrainingError) -> [Int] {
    let positions = entries.indices.filter { reasons[entries[$0].image] == nil }
    guard let first = positions.first else { return [] }
    // A view is what the epoch of its number does with an image.
    let loader = try load(positions.map { entries[$0].image }, entries[first].view + 1)
    let frozen = try frozen.prepared()
    let loaded = try Self.images(of: loader, count: positions.count, into: frozen.staging)
    for image in loader.unreadable { reasons[image.index] = image.reason }
    guard !loaded.isEmpty else { return [] }
    frozen.backbone.run(frozen.staging, into: features)
    let readable = Set(loaded)
    return positions.filter { readable.contains(entries[$0].image) }
  }

  /// The images of a loader that can be read, which may be none.
  private static func images(
    of loader: BatchLoader, count: Int, into staging: TrainingBatch
  ) throws(TrainingError) -> [Int] {
    do {
      return try loader.next(into: staging)?.indices ?? []
    } catch {
      if loader.unreadableCount == count { return [] }
      throw error
    }
  }
}
