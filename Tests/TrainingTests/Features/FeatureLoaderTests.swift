import Datasets
import TensorCore
import TestSupport
import Testing

@testable import Training

struct FeatureLoaderTests {
  /// Gives the fixture's features, but none of some images.
  private final class Computer: FeatureComputing {
    let fixture: FeatureCacheFixture
    let unreadable: Set<Int>
    var calls: [[FeatureCache.Entry]] = []
    let reasons: [Int: String] = [:]

    init(_ fixture: FeatureCacheFixture, unreadable: Set<Int> = []) {
      self.fixture = fixture
      self.unreadable = unreadable
    }

    func compute(
      _ entries: [FeatureCache.Entry], into features: TrainingBatch
    ) throws(TrainingError) -> [Int] {
      calls.append(entries)
      let found = entries.indices.filter { !unreadable.contains(entries[$0].image) }
      for (row, position) in found.enumerated() {
        features.setInput(row, to: fixture.features(entries[position].image, view: entries[position].view))
      }
      return found
    }
  }

  private func entries(_ images: [Int]) -> [FeatureCache.Entry] { images.map { .init(image: $0) } }

  @Test func whatIsMissingIsComputedOnce() throws {
    let fixture = try FeatureCacheFixture()
    let computer = Computer(fixture)
    let features = FeatureLoader(
      cache: try fixture.cache(), computer: computer,
      targets: [5, 6, 7, 8].map { TrainingBatch.Target(label: $0) })
    let batch = TrainingBatch(capacity: 4, shape: fixture.shape)
    #expect(try features.fill(batch, with: entries([2, 0])) == [0, 1])
    #expect(try features.fill(batch, with: entries([3, 2, 1, 0])) == [0, 1, 2, 3])
    #expect(computer.calls == [entries([2, 0]), entries([3, 1])])
    #expect((0..<4).map { batch.input($0) } == [3, 2, 1, 0].map { fixture.features($0) })
    #expect(batch.targets.map(\.label) == [8, 7, 6, 5])
    #expect(features.computedCount == 4 && features.readCount == 2)
  }

  @Test func moreThanTheComputerTakesAtOnceComesInPieces() throws {
    let fixture = try FeatureCacheFixture()
    let computer = Computer(fixture)
    let features = FeatureLoader(
      cache: try fixture.cache(), computer: computer,
      targets: [0, 0, 0, 0].map { TrainingBatch.Target(label: $0) })
    let batch = TrainingBatch(capacity: 4, shape: fixture.shape)
    _ = try features.fill(batch, with: entries([0, 1, 2, 3]))
    #expect(computer.calls.map(\.count) == [3, 1])
    #expect((0..<4).map { batch.input($0) } == (0..<4).map { fixture.features($0) })
  }

  @Test(arguments: [1 << 20, 0]) func noEntryComesTwiceInACall(limit: Int) throws {
    var fixture = try FeatureCacheFixture()
    fixture.options.limit = limit
    let computer = Computer(fixture)
    let features = FeatureLoader(
      cache: try fixture.cache(), computer: computer,
      targets: [0, 0, 0, 0].map { TrainingBatch.Target(label: $0) })
    let batch = TrainingBatch(capacity: 4, shape: fixture.shape)
    #expect(try features.fill(batch, with: entries([1, 1, 2, 1])) == [0, 1, 2, 3])
    #expect(computer.calls.allSatisfy { Set($0).count == $0.count })
    #expect((0..<4).map { batch.input($0) } == [1, 1, 2, 1].map { fixture.features($0) })
  }

  @Test func unreadableImagesAreLeftOut() throws {
    var fixture = try FeatureCacheFixture()
    fixture.images[1] = nil
    let features = FeatureLoader(
      cache: try fixture.cache(), computer: Computer(fixture, unreadable: [1, 3]),
      targets: [5, 6, 7, 8].map { TrainingBatch.Target(label: $0) })
    let batch = TrainingBatch(capacity: 4, shape: fixture.shape)
    for _ in 0..<2 {
      #expect(try features.fill(batch, with: entries([1, 0, 3, 2])) == [1, 3])
      #expect([batch.input(0), batch.input(1)] == [fixture.features(0), fixture.features(2)])
      #expect(batch.targets.map(\.label) == [5, 7])
    }
    #expect(try features.fill(batch, with: entries([3])) == [] && batch.count == 0)
  }

  /// So that a run which is taken up, or whose cache has no room, trains on the same numbers.
  @Test(arguments: [ElementType.float32, .float16, .bfloat16])
  func computedAndReadAreTheSameBits(storage: ElementType) throws {
    var fixture = try FeatureCacheFixture()
    fixture.options.storage = storage
    var batches: [[[Float]]] = []
    for limit in [1 << 20, 0, 400] {
      fixture.options.limit = limit
      let features = FeatureLoader(
        cache: try fixture.cache(), computer: Computer(fixture),
        targets: [0, 1, 2, 3].map { TrainingBatch.Target(label: $0) })
      for _ in 0..<2 {
        let batch = TrainingBatch(capacity: 4, shape: fixture.shape)
        _ = try features.fill(batch, with: entries([0, 1, 2, 3]))
        batches.append((0..<4).map { batch.input($0) })
      }
    }
    #expect(Set(batches).count == 1)
  }

  @Test func viewsTakeTurns() throws {
    let fixture = try FeatureCacheFixture()
    let cache = try fixture.cache(key: fixture.augmented, views: 3)
    let features = FeatureLoader(
      cache: cache, computer: Computer(fixture),
      targets: [0, 1, 2, 3].map { TrainingBatch.Target(label: $0) })
    #expect((0..<5).map { features.entry(image: 2, epoch: $0).view } == [0, 1, 2, 0, 1])
  }
}
