import Dispatch
import Synchronization
import TestSupport
import Testing

@testable import Training

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

struct FeatureCacheSharingTests {
  private let fixture: FeatureCacheFixture

  init() throws { fixture = try FeatureCacheFixture() }

  @Test func oneSeesWhatAnotherStoredWhenItStores() throws {
    let (first, second) = (try fixture.cache(), try fixture.cache())
    try fixture.store([.init(picture: 0), .init(picture: 1)], in: first)
    try fixture.store([.init(picture: 1), .init(picture: 2)], in: second)
    #expect(fixture.read(0, from: second) == fixture.features(0))
    #expect(fixture.read(2, from: try fixture.cache()) == fixture.features(2))
    #expect(readFile(try fixture.file(".data")).count == 3 * 128)
  }

  @Test func whatAnotherAddsTakesNobodysRoom() throws {
    var (one, other) = (fixture, fixture)
    one.pictures = Array(fixture.pictures[..<2])
    other.pictures = Array(fixture.pictures[2...])
    let (first, second) = (try one.cache(), try other.cache())
    try one.storeAll(in: first)
    try other.storeAll(in: second)
    #expect(first.contains(.init(picture: 1)) && second.contains(.init(picture: 1)))
    #expect(first.reservedByteCount == 0 && second.reservedByteCount == 0)
  }

  @Test func manyAtOnceKeepEachEntryOnce() throws {
    var fixture = self.fixture
    fixture.pictures = (0..<60).map { PictureDigest(of: [UInt8($0)]) }
    let shared = fixture
    let wrong = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: 6) { part in
      do {
        let cache = try shared.cache()
        for step in 0..<60 { try shared.store([.init(picture: (7 * part + 11 * step) % 60)], in: cache) }
        for picture in 0..<60 where shared.read(picture, from: cache) != shared.features(picture) {
          wrong.add(1, ordering: .relaxed)
        }
      } catch {
        wrong.add(1000, ordering: .relaxed)
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
    #expect(readFile(try fixture.file(".data")).count == 60 * 128)
    #expect(fixture.folder.names.count == 2)
  }

  /// A process that is killed with the lock held and its data half written leaves what was whole.
  @Test(arguments: [0, 1, 5, 20]) func aKilledProcessLeavesWhatIsWhole(entries: Int) async throws {
    let path = fixture.folder.path
    await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String, entries = entries as Int] in
      var fixture = try FeatureCacheFixture()
      fixture.options.folder = path
      fixture.pictures = (0..<60).map { PictureDigest(of: [UInt8($0)]) }
      let cache = try fixture.cache()
      try fixture.store((0..<entries).map { .init(picture: $0) }, in: cache)
      raise(SIGKILL)
    }
    var fixture = self.fixture
    fixture.pictures = (0..<60).map { PictureDigest(of: [UInt8($0)]) }
    let cache = try fixture.cache()
    for picture in 0..<entries { #expect(fixture.read(picture, from: cache) == fixture.features(picture)) }
    try fixture.storeAll(in: cache)
    #expect(fixture.read(59, from: cache) == fixture.features(59))
    #expect(readFile(try fixture.file(".data")).count == 60 * 128)
  }
}
