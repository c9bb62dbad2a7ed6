import Foundation
import Messages
import TestSupport
import Testing

@testable import Datasets

/// Images that are in two classes of a set.
struct ContradictingImageTests {
  private let folder = TemporaryFolder()

  @Test func filesLinksAndCopiesInTwoClassesAreFound() throws {
    ImageSamples.write([("a", 3), ("b", 2)], to: folder)
    #expect(ContradictingImages(of: try ImageSet(path: folder.path), threads: 1).count == 0)
    // A second copy in the same class contradicts nothing.
    folder.write(readFile(folder.file("a/0.png")), to: "a/copy.png")
    #expect(ContradictingImages(of: try ImageSet(path: folder.path), threads: 1).count == 0)
    folder.write(readFile(folder.file("a/0.png")), to: "b/copy.png")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("b/link.png"), withDestinationPath: "../a/1.png")
    let set = try ImageSet(path: folder.path)
    let found = ContradictingImages(of: set, threads: 1)
    #expect(found.count == 5 && found.isComplete)
    let remark = try #require(set.remarkOnContradictions(threads: 1)).description
    #expect(
      remark
        == """
        \(folder.path): 5 images are in more than one class: \(folder.path)/a/0.png is 'a', and the same image \
        \(folder.path)/b/copy.png is 'b'
        """)
  }

  @Test func aLinkedClassIsFoundWithoutReading() throws {
    ImageSamples.write([("a", 3)], to: folder)
    try FileManager.default.createSymbolicLink(atPath: folder.file("b"), withDestinationPath: "a")
    let found = ContradictingImages(of: try ImageSet(path: folder.path), threads: 1, byteLimit: 0)
    #expect(found.count == 6 && !found.isComplete)
  }
}
