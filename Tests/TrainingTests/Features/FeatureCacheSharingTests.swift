import Datasets
import Dispatch
import Platform
import Synchronization
import TestSupport
import Testing

@testable import Training

struct FeatureCacheSharingTests {
  private let fixture: FeatureCacheFixture

  init() throws { fixture = try FeatureCacheFixture() }

  @Test func oneSeesWhatAnotherStoredWhenItStores() throws {
    let (first, second) = (try fixture.cache(), try fixture.cache())
    try fixture.store([.init(image: 0), .init(image: 1)], in: first)
    try fixture.store([.init(image: 1), .init(image: 2)], in: second)
    #expect(fixture.read(0, from: second) == fixture.features(0))
    #expect(fixture.read(2, from: try fixture.cache()) == fixture.features(2))
    #expect(readFile(try fixture.file(".data")).count == 64 + 3 * 128)
  }

  @Test func whatAnotherAddsTakesNobodysRoom() throws {
    var (one, other) = (fixture, fixture)
    one.images = Array(fixture.images[..<2])
    other.images = Array(fixture.images[2...])
    let (first, second) = (try one.cache(), try other.cache())
    try one.storeAll(in: first)
    try other.storeAll(in: second)
    #expect(first.contains(.init(image: 1)) && second.contains(.init(image: 1)))
    #expect(first.reservedByteCount == 0 && second.reservedByteCount == 0)
  }

  @Test func manyAtOnceKeepEachEntryOnce() throws {
    var fixture = self.fixture
    fixture.images = (0..<60).map { ImageDigest(of: [UInt8($0)]) }
    let shared = fixture
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { part in
      do {
        let cache = try shared.cache()
        for step in 0..<60 { try shared.store([.init(image: (7 * part + 11 * step) % 60)], in: cache) }
        for image in 0..<60 where shared.read(image, from: cache) != shared.features(image) {
          wrong.add(1, ordering: .relaxed)
        }
      } catch {
        wrong.add(1000, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(readFile(try fixture.file(".data")).count == 64 + 60 * 128)
    #expect(fixture.folder.names.count == 2)
  }

  /// A process that is killed with the lock held and its data half written leaves what was whole.
  @Test(arguments: [0, 1, 5, 20]) func aKilledProcessLeavesWhatIsWhole(entries: Int) async throws {
    let path = fixture.folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, entries = entries as Int] in
      var fixture = try FeatureCacheFixture()
      fixture.options.folder = path
      fixture.images = (0..<60).map { ImageDigest(of: [UInt8($0)]) }
      let cache = try fixture.cache()
      try fixture.store((0..<entries).map { .init(image: $0) }, in: cache)
      raise(SIGKILL)
    }
    var fixture = self.fixture
    fixture.images = (0..<60).map { ImageDigest(of: [UInt8($0)]) }
    let cache = try fixture.cache()
    for image in 0..<entries { #expect(fixture.read(image, from: cache) == fixture.features(image)) }
    try fixture.storeAll(in: cache)
    #expect(fixture.read(59, from: cache) == fixture.features(59))
    #expect(readFile(try fixture.file(".data")).count == 64 + 60 * 128)
  }
}
