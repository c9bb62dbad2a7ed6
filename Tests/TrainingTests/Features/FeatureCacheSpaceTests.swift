import Datasets
import Files
import ModelDescriptor
import Platform
import TensorCore
import TestSupport
import Testing

@testable import Training

struct FeatureCacheSpaceTests {
  private var fixture: FeatureCacheFixture
  /// 128 bytes of a slot and 64 of its record.
  private let slotByteCount = 192

  init() throws { fixture = try FeatureCacheFixture() }

  private func key(_ boundary: Int) -> FeatureKey {
    var key = fixture.key
    key.boundary = boundary
    return key
  }

  @Test mutating func theLimitEndsTheKeeping() throws {
    fixture.options.limit = 2 * slotByteCount + 10
    let cache = try fixture.cache()
    let notice = try #require(cache.drainNotices().first)
    #expect(notice.hasPrefix("2 of 4 inputs have room in the feature cache"))
    #expect(notice.contains("the caches in \(fixture.folder.path) may take 0 MB"))
    try fixture.storeAll(in: cache)
    #expect((0..<4).map { fixture.read($0, from: cache) != nil } == [true, true, false, false])
  }

  @Test func aDiskThatIsNearlyFullEndsTheKeeping() throws {
    let cache = try fixture.cache(available: FeatureSpace.reserve + 3 * slotByteCount)
    #expect(cache.drainNotices().first?.contains("MB stay free") == true)
    try fixture.storeAll(in: cache)
    #expect((0..<4).map { fixture.read($0, from: cache) != nil } == [true, true, true, false])
  }

  @Test func aFullDiskEndsTheKeepingWhileItGoesOn() async throws {
    let result = try await #require(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let fixture = try FeatureCacheFixture()
      let cache = try fixture.cache()
      var limit = rlimit(rlim_cur: 364, rlim_max: 364)
      precondition(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
      try fixture.storeAll(in: cache)
      let isThere = (0..<4).map { fixture.read($0, from: cache) == fixture.features($0) }
      precondition(isThere == [true, true, false, false], "\(isThere)")
      let notices = cache.drainNotices()
      precondition(notices.count == 1 && notices[0].hasPrefix("no more features are cached"), "\(notices)")
    }
    _ = result
  }

  @Test mutating func theCacheThatWasNotUsedForLongestMakesRoom() throws {
    for boundary in 1...3 { try fixture.storeAll(in: try fixture.cache(key: key(boundary))) }
    let folder = FeatureFolder(path: fixture.folder.path)
    let names = folder.caches().map(\.name)
    #expect(names.count == 3)
    // By age: the second, the third, the first.
    let ages = try (1...3).map {
      try FeatureFiles.name(key($0).digest(shape: fixture.shape, storage: .float32))
    }
    for (age, name) in zip([10, 30, 20], ages) { setAge(of: name, seconds: age) }
    let two = folder.caches().reduce(0) { $0 + $1.byteCount } * 2 / 3
    fixture.options.limit = two + 4 * slotByteCount
    let cache = try fixture.cache(key: key(4))
    #expect(cache.drainNotices() == [])
    #expect(Set(folder.caches().map(\.name)).isDisjoint(with: [ages[1]]))
    #expect(Set(folder.caches().map(\.name)).isSuperset(of: [ages[0], ages[2]]))
  }

  @Test mutating func aCacheInUseIsNotRemoved() throws {
    let used = try fixture.cache(key: key(1))
    try fixture.storeAll(in: used)
    fixture.options.limit = slotByteCount
    let other = try fixture.cache(key: key(2))
    #expect(other.drainNotices().count == 1)
    #expect(fixture.read(3, from: try fixture.cache(key: key(1))) == fixture.features(3))
    withExtendedLifetime(used) {}
  }

  @Test mutating func entriesOfOtherImagesMakeRoomForThese() throws {
    try fixture.storeAll(in: try fixture.cache())
    fixture.options.limit = 5 * slotByteCount
    fixture.images = (10..<14).map { ImageDigest(of: [UInt8($0)]) }
    let cache = try fixture.cache()
    #expect(cache.drainNotices() == [])
    try fixture.storeAll(in: cache)
    #expect(fixture.read(3, from: cache) == fixture.features(3))
    #expect(readFile(try fixture.file(".data")).count == 64 + 4 * 128)
  }

  @Test func whatWasNotUsedForLongIsRemovedAndNothingElse() throws {
    try fixture.storeAll(in: try fixture.cache(key: key(1)))
    let name = try #require(FeatureFolder(path: fixture.folder.path).caches().first?.name)
    setAge(of: name, seconds: FeatureFolder.lifetime + 60)
    let orphan = String(repeating: "a", count: 32) + ".data"
    fixture.folder.write(FeatureHeader.Kind.data.mark + [1], to: orphan)
    let digits = ["b", "c", "d"].map { String(repeating: $0, count: 32) }
    let mine = ["mine.data", "mine.index", digits[0] + ".data", digits[1] + ".index", digits[1] + ".data"]
    for name in mine { fixture.folder.write([1], to: name) }
    // Somebody's file beside an index of a cache.
    let beside = digits[2] + ".data"
    fixture.folder.write([1], to: beside)
    fixture.folder.write(FeatureHeader.Kind.index.mark, to: digits[2] + ".index")
    for name in digits[1...] { setAge(of: name, seconds: FeatureFolder.lifetime + 60) }
    _ = try fixture.cache(key: key(2))
    let names = fixture.folder.names
    #expect(!names.contains(name + ".index") && !names.contains(name + ".data") && !names.contains(orphan))
    #expect(!names.contains(digits[2] + ".index"))
    #expect(Set(names).isSuperset(of: mine + [beside]))
  }

  @Test func inTheProgramsOwnFolderDataOfEarlierVersionsGoWithTheirIndex() throws {
    let name = String(repeating: "a", count: 32)
    for (isMade, isLeft) in [(false, true), (true, false)] {
      fixture.folder.write(FeatureHeader.Kind.index.mark, to: name + ".index")
      fixture.folder.write([1], to: name + ".data")
      let folder = FeatureFolder(path: fixture.folder.path, isMade: isMade)
      #expect(folder.caches().map(\.name) == [name])
      #expect(try folder.clear([name]) == [name])
      #expect(fixture.folder.names.contains(name + ".data") == isLeft)
    }
  }

  private func setAge(of name: String, seconds: Int) {
    var time = timespec()
    time.tv_sec = DiskSpace.now - seconds
    let result = unsafe utimensat(AT_FDCWD, fixture.folder.file(name + ".index"), [time, time], 0)
    precondition(result == 0)
  }
}
