import Datasets
import Messages
import ModelDescriptor
import TensorCore
import TestSupport
import Testing

@testable import Training

struct FeatureCacheTests {
  private var fixture: FeatureCacheFixture

  init() throws { fixture = try FeatureCacheFixture() }

  @Test func whatWasStoredIsReadByTheNext() throws {
    let cache = try fixture.cache()
    #expect(fixture.read(0, from: cache) == nil)
    try fixture.storeAll(in: cache)
    for cache in [cache, try fixture.cache()] {
      for image in 0..<4 {
        #expect(cache.contains(FeatureCache.Entry(image: image)))
        #expect(fixture.read(image, from: cache) == fixture.features(image))
      }
      #expect(cache.drainNotices() == [])
    }
  }

  @Test func anEntryIsStoredOnce() throws {
    let cache = try fixture.cache()
    try fixture.storeAll(in: cache)
    let size = readFile(try fixture.file(".data")).count
    try fixture.storeAll(in: cache)
    try fixture.storeAll(in: try fixture.cache())
    #expect(readFile(try fixture.file(".data")).count == size)
  }

  @Test func eachFieldOfTheKeyCounts() throws {
    try fixture.storeAll(in: try fixture.cache())
    var keys: [FeatureKey] = []
    let changes: [(inout FeatureKey) -> Void] = [
      { $0.contentRoot = "01ff" }, { $0.boundary = 8 }, { $0.height = 31 }, { $0.width = 31 },
      { $0.preprocessing.mean[1] += 0.001 }, { $0.computation = "avx2" }, { $0.augmentation = "flip" },
      { $0.architecture.normalization.epsilon *= 2 },
    ]
    for change in changes {
      var key = fixture.key
      change(&key)
      keys.append(key)
    }
    for key in keys { #expect(fixture.read(0, from: try fixture.cache(key: key)) == nil) }
    var reseeded = fixture.key
    reseeded.seed = 9
    #expect(fixture.read(0, from: try fixture.cache(key: reseeded)) != nil, "no augmentation, no seed")
  }

  @Test func theSeedCountsWithAugmentation() throws {
    try fixture.storeAll(in: try fixture.cache(key: fixture.augmented))
    var reseeded = fixture.augmented
    reseeded.seed = 9
    #expect(fixture.read(0, from: try fixture.cache(key: reseeded)) == nil)
    #expect(fixture.read(0, from: try fixture.cache(key: fixture.augmented)) != nil)
  }

  @Test mutating func anImageThatChangedIsNotThere() throws {
    try fixture.storeAll(in: try fixture.cache())
    fixture.images[2] = ImageDigest(of: [99])
    let cache = try fixture.cache()
    #expect(fixture.read(2, from: cache) == nil)
    #expect(fixture.read(3, from: cache) == fixture.features(3))
  }

  @Test mutating func anImageThatMovedIsThereUnlessItsPlaceCounts() throws {
    for (key, isThere) in [(fixture.key, true), (fixture.augmented, false)] {
      fixture.images = (0..<4).map { ImageDigest(of: [UInt8($0)]) }
      try fixture.storeAll(in: try fixture.cache(key: key))
      fixture.images.remove(at: 0)
      #expect(fixture.read(0, from: try fixture.cache(key: key)) == (isThere ? fixture.features(1) : nil))
    }
  }

  @Test func viewsAreEntriesOfTheirOwn() throws {
    let cache = try fixture.cache(key: fixture.augmented, views: 3)
    let entries = (0..<3).map { FeatureCache.Entry(image: 1, view: $0) }
    try fixture.store(entries, in: cache)
    for view in 0..<3 { #expect(fixture.read(1, view: view, from: cache) == fixture.features(1, view: view)) }
    #expect(fixture.read(0, view: 1, from: cache) == nil)
  }

  @Test(arguments: [(ElementType.float16, Float(0x1p-11)), (.bfloat16, 0x1p-8)])
  mutating func narrowFeaturesAreTheNearestOnes(storage: ElementType, error: Float) throws {
    fixture.options.storage = storage
    let cache = try fixture.cache()
    try fixture.storeAll(in: cache)
    let features = try #require(fixture.read(1, from: cache))
    for (got, wanted) in zip(features, fixture.features(1)) {
      #expect(abs(got - wanted) <= error * abs(wanted))
    }
    #expect(readFile(try fixture.file(".data")).count == 64 + 4 * 64)
  }

  @Test mutating func aNumberTooLargeForTheTypeIsAnError() throws {
    fixture.options.storage = .float16
    let cache = try fixture.cache()
    let batch = TrainingBatch(capacity: 1, shape: fixture.shape)
    batch.setInput(0, to: Array(repeating: 70_000, count: 30))
    let error = #expect(throws: TrainingError.self) {
      try cache.store([FeatureCache.Entry(image: 0)], from: batch)
    }
    #expect(
      error?.message
        == "a feature is larger than 65504, the largest number of f16; keep features as bf16")
  }

  @Test mutating func badOptionsAreErrors() throws {
    #expect(throws: TrainingError(.options, "")) { try fixture.cache(key: fixture.augmented, views: 0) }
    #expect(throws: TrainingError(.options, "")) { try fixture.cache(views: 2) }
    fixture.options.limit = -1
    #expect(throws: TrainingError(.options, "")) { try fixture.cache() }
    fixture.options.limit = 1
    fixture.options.storage = .int8
    #expect(throws: TrainingError(.options, "")) { try fixture.cache() }
  }

  @Test mutating func aGivenFolderThatCannotBeIsAnError() throws {
    fixture.options.folder = fixture.folder.write([1], to: "file") + "/x"
    #expect(throws: TrainingError(.file, "")) { try fixture.cache() }
  }

  @Test mutating func aLimitOfNothingKeepsNothingAndSaysNothing() throws {
    fixture.options.limit = 0
    let cache = try fixture.cache()
    try fixture.storeAll(in: cache)
    #expect(fixture.read(0, from: cache) == nil && cache.drainNotices() == [])
    #expect(fixture.folder.names == [])
  }
}
