import Datasets
import ModelDescriptor
import ResNetGraph
import TestSupport

@testable import Training

/// A folder with a feature cache for four images, and their features.
struct FeatureCacheFixture {
  let folder = TemporaryFolder()
  var shape = FeatureShape(channels: 5, height: 3, width: 2)
  var images: [ImageDigest?] = (0..<4).map { ImageDigest(of: [UInt8($0)]) }
  var options = FeatureCacheOptions()
  var key: FeatureKey

  init() throws {
    options.folder = folder.path
    key = FeatureKey(
      contentRoot: "00ff", architecture: try Architecture.preset(named: "small_resnet18"), boundary: 7,
      height: 32, width: 32, preprocessing: .cifar10, computation: "portable")
  }

  /// The key with augmentation.
  var augmented: FeatureKey {
    var key = key
    key.augmentation = "flip"
    return key
  }

  func cache(
    key other: FeatureKey? = nil, views: Int = 1, available: Int = 100 << 30
  ) throws -> FeatureCache {
    try FeatureCache(
      key: other ?? key, shape: shape, images: images, views: views, batch: 3, options: options,
      available: { _ in available })
  }

  /// Features that nothing else has.
  func features(_ image: Int, view: Int = 0) -> [Float] {
    var noise = Noise(UInt64(100 * image + view))
    return noise.floats(shape.elementCount)
  }

  func store(_ entries: [FeatureCache.Entry], in cache: FeatureCache) throws {
    for entry in entries {
      let batch = TrainingBatch(capacity: 1, shape: shape)
      batch.setInput(0, to: features(entry.image, view: entry.view))
      try cache.store([entry], from: batch)
    }
  }

  /// Stores the first view of every image.
  func storeAll(in cache: FeatureCache) throws {
    try store(images.indices.map { FeatureCache.Entry(image: $0) }, in: cache)
  }

  func read(_ image: Int, view: Int = 0, from cache: FeatureCache) -> [Float]? {
    let batch = TrainingBatch(capacity: 1, shape: shape)
    let entry = FeatureCache.Entry(image: image, view: view)
    return batch.withInput(0) { cache.read(entry, into: &$0) } ? batch.input(0) : nil
  }

  /// The one file of a kind.
  func file(_ suffix: String) throws -> String {
    let names = folder.names.filter { $0.hasSuffix(suffix) }
    return folder.file(try names.count == 1 ? names[0] : { throw FixtureError(names: names) }())
  }
}

struct FixtureError: Error {
  var names: [String]
}

extension TrainingBatch {
  func input(_ index: Int) -> [Float] {
    withInput(index) { features in features.indices.map { features[$0] } }
  }

  func setInput(_ index: Int, to values: [Float]) {
    withInput(index) { features in
      for (position, value) in values.enumerated() { features[position] = value }
    }
  }
}
