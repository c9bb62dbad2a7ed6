import Crypto
package import Datasets
import ResNetGraph
import TensorCore

/// Numbers that were computed from images, kept on disk among the features of trainings: what an interrupted work has is there when it runs
/// again. One thread at a time may use it.
///
/// An entry is found by a digest of its image, has a checksum, and is lost where it is damaged. A cache that cannot be kept, or not as
/// a whole, is no error: entries without a place are computed again.
package final class VectorCache {
  /// The number of floats of each entry.
  package let count: Int
  private let cache: FeatureCache
  private let batch: TrainingBatch

  /// The most entries that are stored at once.
  package static let batchSize = 64

  /// Opens the cache of a key.
  ///
  /// - Parameters:
  ///   - key: a text that says all that the numbers depend on beside the images.
  ///   - count: the number of floats of each entry.
  ///   - images: the digests of the images; nil for those that cannot be read.
  /// - Throws: ``TrainingError`` with `options` for impossible options, with `file` when the given folder cannot be used.
  package init(
    key: String, count: Int, images: [ImageDigest?], options: FeatureCacheOptions
  ) throws(TrainingError) {
    precondition(count > 0, "entries of \(count) numbers")
    self.count = count
    let shape = FeatureShape(channels: count, height: 1, width: 1)
    let text = "reszoo vectors 1\u{0}\(options.storage.rawValue)\u{0}\(count)\u{0}\(key)"
    cache = try FeatureCache(
      digest: Array(SHA256.hash(data: Array(text.utf8))), isPlaceBound: false, shape: shape, images: images,
      views: 1, batch: Self.batchSize, options: options)
    batch = TrainingBatch(capacity: Self.batchSize, shape: shape)
  }

  /// Reads the entry of an image.
  ///
  /// - Returns: nil when there is none, or it is damaged.
  package func read(_ image: Int) -> [Float]? {
    let (cache, count) = (cache, count)
    return batch.withInput(0) { span in
      guard cache.read(FeatureCache.Entry(image: image), into: &span) else { return nil }
      var values: [Float] = []
      values.reserveCapacity(count)
      for index in 0..<count { values.append(span[index]) }
      return values
    }
  }

  /// Keeps entries that are not there yet, as far as there is room.
  ///
  /// - Parameter entries: at most ``batchSize`` images with their numbers, each ``count`` of them.
  /// - Throws: ``TrainingError`` with `options` for a number that the storage type cannot hold.
  package func store(_ entries: [(image: Int, values: [Float])]) throws(TrainingError) {
    precondition(entries.count <= Self.batchSize, "\(entries.count) entries at once")
    for (place, entry) in entries.enumerated() {
      precondition(entry.values.count == count, "\(entry.values.count) numbers of \(count)")
      batch.withInput(place) { span in
        for index in 0..<count { span[index] = entry.values[index] }
      }
    }
    try cache.store(entries.map { FeatureCache.Entry(image: $0.image) }, from: batch)
  }

  /// Returns sentences about entries that were not kept since the last call, and forgets them.
  package func drainNotices() -> [String] { cache.drainNotices() }
}
