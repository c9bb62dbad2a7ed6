import Foundation
import Messages
import TestSupport
import Testing

@testable import ResZoo

@Suite struct EvaluationTests {
  /// A data set in which class k's images are those that the network calls k, but for one that is misplaced.
  @Test func metricsAreCountedByHand() throws {
    let folder = TemporaryFolder()
    let classifier = try Classifier(try sampleModel())
    for name in ["0", "1", "2", "3"] { _ = folder.makeFolder(name) }
    var misplaced: Int?
    var placed = Array(repeating: 0, count: 4)
    for name in SampleImages.sound {
      let path = SampleImages.path(name)
      let index = try #require(try classifier.classify(path).top.first?.index)
      let place = misplaced == nil ? (index + 1) % 4 : index
      if misplaced == nil { misplaced = index }
      placed[place] += 1
      try FileManager.default.copyItem(atPath: path, toPath: folder.file("\(place)/\(name)"))
    }
    folder.write(Array("text".utf8), to: "1/broken.jpg")
    folder.write(Array("text".utf8), to: "1/notes.txt")

    let evaluation = try classifier.evaluate(ImageSet(path: folder.path, for: .evaluation))
    let images = SampleImages.sound.count
    #expect(evaluation.images == images)
    #expect(evaluation.correct == images - 1)
    #expect(evaluation.top1 == Double(images - 1) / Double(images))
    #expect(evaluation.top5 == 1)
    #expect(evaluation.errors.map(\.input) == [folder.file("1/broken.jpg")])
    #expect(evaluation.leftOut.count == 1)
    #expect(!evaluation.matchedLabels)
    #expect(evaluation.classMetrics.map(\.support) == placed)
    let called = try #require(misplaced)
    #expect(evaluation.confusion.counts[(called + 1) % 4][called] == 1)
    #expect(evaluation.confusion.counts.flatMap { $0 }.reduce(0, +) == images)
    let metrics = evaluation.classMetrics[(called + 1) % 4]
    #expect(metrics.recall == Double(metrics.support - 1) / Double(metrics.support))
    #expect(try #require(evaluation.loss) > 0)
  }

  @Test func aModelWithoutLabelsTakesAsManyClassesAsItHasLogits() throws {
    let classifier = try Classifier(try sampleModel())
    let photo = ImageSource.file(path: SampleImages.path("photo.jpg"))
    let two = ImageSet(sources: [photo, photo], labels: ["b", "d"], labelOfSource: [0, 1])
    #expect(throws: DatasetError(.data, "")) { try classifier.evaluate(two) }
    let four = ImageSet(sources: [photo, photo], labels: ["a", "b", "c", "d"], labelOfSource: [1, 3])
    #expect(try classifier.evaluate(four).indices == [0, 1, 2, 3])
  }

  @Test func recordsOfCIFARAreClassified() throws {
    let folder = TemporaryFolder()
    // Grey images are the same as files and as planes.
    var bytes: [UInt8] = []
    for (label, grey) in [(1, 40), (3, 200)] as [(UInt8, UInt8)] {
      bytes += [label] + [UInt8](repeating: grey, count: 3072)
      let png = try encodePNG([UInt8](repeating: grey, count: 3072), width: 32, height: 32, channels: 3)
      _ = folder.makeFolder("\(label)")
      folder.write(png, to: "\(label)/x.png")
    }
    let records = try ImageSet(path: folder.write(bytes, to: "test_batch.bin"), for: .evaluation)
    let files = try ImageSet(path: folder.path, for: .evaluation)
    let classifier = try Classifier(try sampleModel())
    func logits(_ set: ImageSet) throws -> [[Float]] {
      var all: [[Float]] = []
      try classifier.pipeline.run(set.sources) { ran in
        ran.withLogits { logits in logits.indices.map { logits[$0] } }
      } emit: { _, outcome in
        all.append(try outcome.value.get())
      }
      return all
    }
    let expected = try logits(files)
    #expect(expected.count == 2 && expected[0] != expected[1])
    #expect(try logits(records) == expected)
  }

  @Test func foldersAreSearchedToAnyDepthAndLoopsEnd() throws {
    let folder = TemporaryFolder()
    _ = folder.makeFolder("a")
    _ = folder.makeFolder("a/b")
    try FileManager.default.createSymbolicLink(atPath: folder.file("a/b/up"), withDestinationPath: "..")
    _ = folder.makeFolder(".cache")
    for name in ["z.JPG", "a/y.png", "a/b/x.jpeg", "a/readme", "a/._y.png", ".cache/x.png"] {
      folder.write([1], to: name)
    }
    var files = ImageFiles()
    files.add(folder.path)
    #expect(files.paths == ["a/b/x.jpeg", "a/y.png", "z.JPG"].map(folder.file))
    #expect(files.leftOut.count == 2)
  }
}
