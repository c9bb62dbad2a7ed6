import Datasets
import Files
import Messages
import Platform
import TestSupport
import Testing

@testable import Training

/// Whatever is in the files: what is read is what was stored, or nothing.
struct FeatureCacheDamageTests {
  private let fixture: FeatureCacheFixture
  private let index: String
  private let data: String

  init() throws {
    fixture = try FeatureCacheFixture()
    try fixture.storeAll(in: try fixture.cache())
    index = try fixture.file(".index")
    data = try fixture.file(".data")
  }

  /// How many entries are whole; those that are read are right, and what is missing can be stored again.
  private func wholeEntries() throws -> Int {
    let cache = try fixture.cache()
    var count = 0
    for image in 0..<4 {
      guard let features = fixture.read(image, from: cache) else { continue }
      #expect(features == fixture.features(image))
      count += 1
    }
    try fixture.storeAll(in: cache)
    for cache in [cache, try fixture.cache()] {
      for image in 0..<4 { #expect(fixture.read(image, from: cache) == fixture.features(image)) }
    }
    return count
  }

  @Test(arguments: 0..<8) func aFlippedBitOfTheDataCostsOneEntry(bit: Int) throws {
    var bytes = readFile(data)
    bytes[64 + 128 + 17 * bit % 120] ^= 1 << bit
    writeFile(bytes, to: data)
    #expect(try wholeEntries() == 3)
  }

  @Test(arguments: [64, 68, 72, 76, 80, 88, 96, 127])
  func aFlippedBitOfARecordCostsOneEntry(position: Int) throws {
    var bytes = readFile(index)
    bytes[position] ^= 1
    writeFile(bytes, to: index)
    #expect(try wholeEntries() == 3)
  }

  @Test(arguments: [8, 39, 40, 48, 59, 60, 63])
  func aDamagedHeaderBeginsTheCacheAnew(position: Int) throws {
    for path in [index, data] {
      var bytes = readFile(path)
      bytes[position] ^= 0x80
      writeFile(bytes, to: path)
      #expect(try wholeEntries() == 0)
    }
  }

  @Test(arguments: [0, 7]) func aFileWithoutTheMarkOfACacheStays(position: Int) throws {
    for path in [index, data] {
      let whole = readFile(path)
      var bytes = whole
      bytes[position] ^= 0x80
      try expectUntouched(path, bytes)
      writeFile(whole, to: path)
    }
    #expect(try wholeEntries() == 4)
  }

  /// A cache is refused over bytes of another program, which stay.
  private func expectUntouched(_ path: String, _ bytes: [UInt8]) throws {
    writeFile(bytes, to: path)
    let error = #expect(throws: TrainingError(.file, "")) { try fixture.cache() }
    #expect(error?.message.contains("is no file of a feature cache") == true)
    #expect(readFile(path) == bytes)
  }

  @Test func dataThatWentOnAfterTheyWereEmptiedBeginAnew() throws {
    var bytes = readFile(data)
    for position in 0..<64 + 128 { bytes[position] = 0 }
    writeFile(bytes, to: data)
    #expect(try wholeEntries() == 0)
  }

  @Test(arguments: 0...4) func aShortIndexKeepsWhatIsWhole(records: Int) throws {
    for extra in [0, 1, 63] where records < 4 {
      writeFile(Array(readFile(index).prefix(64 + 64 * records + extra)), to: index)
      #expect(try wholeEntries() == records)
    }
  }

  @Test(arguments: [0, 8, 63, 64, 191, 192, 319, 320, 464]) func shortDataKeepWhatIsWhole(count: Int) throws {
    writeFile(Array(readFile(data).prefix(count)), to: data)
    #expect(try wholeEntries() == max(0, count - 64) / 128)
  }

  @Test func aForeignFileInTheirPlaceStays() throws {
    let whole = readFile(index)
    for bytes in [Array("not an index".utf8), [UInt8](repeating: 0, count: 10_000)] {
      try expectUntouched(index, bytes)
    }
    writeFile(whole, to: index)
    try expectUntouched(data, [UInt8](repeating: 0xFF, count: 10_000))
    // Data beside no index.
    removeFile(index)
    try expectUntouched(data, Array("my only copy".utf8))
  }

  @Test func recordsInTheWrongOrderAreNotBelieved() throws {
    let bytes = readFile(index)
    writeFile(Array(bytes[..<64] + bytes[128..<192] + bytes[64..<128] + bytes[192...]), to: index)
    #expect(try wholeEntries() == 2)
  }

  @Test func dataWithoutARecordAreWrittenAgain() throws {
    writeFile(Array(readFile(index).prefix(64 + 3 * 64)), to: index)
    #expect(try wholeEntries() == 3)
    #expect(readFile(data).count == 64 + 4 * 128)
  }

  @Test func dataThatChangeWhileACacheIsOpenAreNotBelieved() throws {
    let cache = try fixture.cache()
    for image in 0..<4 { #expect(fixture.read(image, from: cache) == fixture.features(image)) }
    let whole = readFile(data)
    var flipped = whole
    flipped[64 + 128] ^= 1
    let changes: [(bytes: [UInt8], damaged: Set<Int>)] = [
      (flipped, [1]), (Array(whole.prefix(364)), [2, 3]), ([], [0, 1, 2, 3]),
      ([UInt8](repeating: 0, count: whole.count), [0, 1, 2, 3]),
    ]
    for change in changes {
      let cache = try fixture.cache()
      for image in 0..<4 { #expect(fixture.read(image, from: cache) == fixture.features(image)) }
      overwrite(data, with: change.bytes)
      for image in 0..<4 {
        let expected = change.damaged.contains(image) ? nil : fixture.features(image)
        #expect(fixture.read(image, from: cache) == expected)
      }
      let notice = try #require(cache.drainNotices().first)
      #expect(notice.contains("\(change.damaged.count) kept features were damaged"))
      #expect(cache.drainNotices() == [])
      // A damaged slot is stored again, and read.
      try fixture.storeAll(in: cache)
      for image in 0..<4 { #expect(fixture.read(image, from: cache) == fixture.features(image)) }
      overwrite(data, with: whole)
      writeFile(readFile(index).prefix(64 + 4 * 64).map(\.self), to: index)
    }
  }

  /// Changes a file in place, as a program does that keeps it open.
  private func overwrite(_ path: String, with bytes: [UInt8]) {
    let descriptor = unsafe open(path, O_WRONLY | O_TRUNC)
    defer { close(descriptor) }
    #expect(unsafe write(descriptor, bytes, bytes.count) == bytes.count)
  }
}
