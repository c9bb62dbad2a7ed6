import Datasets

/// Computes the features of images that no cache has.
protocol FeatureComputing: AnyObject {
  /// Computes the features of entries, at most as many as the batch has room for.
  ///
  /// No entry comes twice in a call, and all are of one view. The features of an entry do not depend on the others of the call.
  ///
  /// - Parameter features: the first inputs become the features of the entries that can be computed, in their order.
  /// - Returns: the positions of these entries in `entries`; the images of the others cannot be read.
  func compute(
    _ entries: [FeatureCache.Entry], into features: TrainingBatch
  ) throws(TrainingError) -> [Int]

  /// The reasons why images could not be read, by their positions in the set.
  var reasons: [Int: String] { get }
}

/// Computes features: loads images, augments them, and runs the frozen part of a network on them.
final class FeatureComputer: FeatureComputing {
  /// Opens a loader of images in an epoch, any of which may be unreadable.
  typealias Loading = (_ order: [Int], _ epoch: Int) throws(TrainingError) -> BatchLoader

  /// The reasons why images could not be read; these images are not tried again.
  private(set) var reasons: [Int: String] = [:]
  private let backbone: DeferredBackbone
  private let load: Loading

  init(_ backbone: DeferredBackbone, load: @escaping Loading) {
    self.backbone = backbone
    self.load = load
  }

  func compute(
    _ entries: [FeatureCache.Entry], into features: TrainingBatch
  ) throws(TrainingError) -> [Int] {
    let positions = entries.indices.filter { reasons[entries[$0].image] == nil }
    guard let first = positions.first else { return [] }
    // The views of an image are its augmented versions of the first epochs.
    let loader = try load(positions.map { entries[$0].image }, entries[first].view + 1)
    let prepared = try backbone.prepared()
    let loaded = try Self.images(of: loader, count: positions.count, into: prepared.staging)
    for image in loader.unreadable { reasons[image.index] = image.reason }
    guard !loaded.isEmpty else { return [] }
    prepared.backbone.run(prepared.staging, into: features)
    let readable = Set(loaded)
    return positions.filter { readable.contains(entries[$0].image) }
  }

  /// Loads the images that can be read, which may be none.
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
