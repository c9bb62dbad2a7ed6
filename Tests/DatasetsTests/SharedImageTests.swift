import Foundation
import TestSupport
import Testing

@testable import Datasets

/// Images that are in two sets at once.
struct SharedImageTests {
  private let folder = TemporaryFolder()

  private func set(_ names: [String]) -> ImageSet {
    ImageSet(
      sources: names.map { .file(path: folder.file($0)) }, labels: ["x"],
      labelOfSource: names.map { _ in 0 })
  }

  @Test func filesAndTheirCopiesAreFound() throws {
    for (name, bytes) in [("a", [1, 2, 3]), ("b", [4, 5, 6]), ("c", [7, 8])] as [(String, [UInt8])] {
      folder.write(bytes, to: name)
    }
    folder.write([4, 5, 6], to: "copy of b")
    folder.write([4, 5, 7], to: "of the size of b")
    try FileManager.default.createSymbolicLink(atPath: folder.file("link to a"), withDestinationPath: "a")
    let first = set(["link to a", "copy of b", "of the size of b", "missing", "c"])
    #expect(SharedImages(of: first, in: set(["a", "b", "gone"]), threads: 1).count == 2)
    #expect(SharedImages(of: set(["a", "a", "c"]), in: set(["a"]), threads: 1).count == 2)
    #expect(SharedImages(of: set(["c"]), in: set(["a", "b"]), threads: 1).count == 0)
  }

  @Test func whatIsReadHasALimit() throws {
    for name in ["a", "b", "c", "d"] { folder.write([1, 2, 3, 4], to: name) }
    let (first, second) = (set(["a", "b"]), set(["c", "d"]))
    let all = SharedImages(of: first, in: second, threads: 1)
    #expect(all.count == 2 && all.isComplete)
    // The first one and both that it may be equal to.
    let some = SharedImages(of: first, in: second, threads: 1, byteLimit: 12)
    #expect(some.count == 1 && !some.isComplete)
    let none = SharedImages(of: first, in: second, threads: 1, byteLimit: 11)
    #expect(none.count == 0 && !none.isComplete)
  }

  @Test func recordsAreComparedOneByOne() throws {
    let records = [UInt8(1), 2, 3].map { ImageSamples.record(label: 0, red: $0, green: $0, blue: $0) }
    folder.write(records.flatMap { $0 }, to: "data_batch_1.bin")
    folder.write(records.flatMap { $0 }, to: "copy.bin")
    func set(_ name: String, _ indices: [Int]) -> ImageSet {
      ImageSet(
        sources: indices.map { .record(path: folder.file(name), index: $0) }, labels: ["x"],
        labelOfSource: indices.map { _ in 0 })
    }
    let training = set("data_batch_1.bin", [0, 1])
    #expect(SharedImages(of: set("data_batch_1.bin", [1, 2]), in: training, threads: 1).count == 1)
    #expect(SharedImages(of: set("copy.bin", [1, 2]), in: training, threads: 1).count == 1)
  }
}
