import TestSupport
import Testing

@testable import Datasets

struct ImageDigestTests {
  private let folder = TemporaryFolder()

  @Test func theBytesCountAndTheNameDoesNot() {
    let paths = [
      folder.write([1, 2, 3], to: "a"), folder.write([1, 2, 3], to: "b"), folder.write([1, 2, 4], to: "c"),
      folder.file("none"), folder.path,
    ]
    let digests = ImageDigest.digests(of: paths.map { .file(path: $0) }, threads: 2)
    #expect(digests[0] == digests[1] && digests[0] != digests[2] && digests[0] != nil)
    #expect(digests[0] == ImageDigest(of: [1, 2, 3]))
    #expect(digests[3] == nil && digests[4] == nil)
  }

  @Test func recordsOfOneFileDiffer() {
    let path = folder.write([UInt8](repeating: 7, count: 3_000_000), to: "data_batch_1.bin")
    let sources: [ImageSource] = (0..<3).map { .record(path: path, index: $0) } + [.file(path: path)]
    let digests = ImageDigest.digests(of: sources)
    #expect(Set(digests).count == 4 && !digests.contains(nil))
    folder.write([UInt8](repeating: 8, count: 3_000_000), to: "data_batch_1.bin")
    #expect(Set(digests).isDisjoint(with: ImageDigest.digests(of: sources)))
  }
}
