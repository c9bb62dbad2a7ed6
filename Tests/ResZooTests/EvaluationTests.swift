import Foundation
import ResZoo
import TestSupport
import Testing

@Suite struct EvaluationTests {
  /// A data set in which class k's pictures are those that the network calls k, but for one that is misplaced.
  @Test func figuresAreCountedByHand() throws {
    let folder = TemporaryFolder()
    let classifier = try Classifier(try sampleModel())
    for name in ["0", "1", "2", "3"] { _ = folder.makeFolder(name) }
    var misplaced: Int?
    var placed = Array(repeating: 0, count: 4)
    for name in SamplePictures.sound {
      let path = SamplePictures.path(name)
      let index = try #require(try classifier.classify(path).top.first?.index)
      let place = misplaced == nil ? (index + 1) % 4 : index
      if misplaced == nil { misplaced = index }
      placed[place] += 1
      try FileManager.default.copyItem(atPath: path, toPath: folder.file("\(place)/\(name)"))
    }
    folder.write(Array("text".utf8), to: "1/broken.jpg")
    folder.write(Array("text".utf8), to: "1/notes.txt")

    let evaluation = try classifier.evaluate(DataSet(folder: folder.path))
    let images = SamplePictures.sound.count
    #expect(evaluation.images == images)
    #expect(evaluation.correct == images - 1)
    #expect(evaluation.top1 == Double(images - 1) / Double(images))
    #expect(evaluation.top5 == 1)
    #expect(evaluation.errors.map(\.input) == [folder.file("1/broken.jpg")])
    #expect(evaluation.skipped == 1)
    #expect(!evaluation.matchedLabels)
    #expect(evaluation.classFigures.map(\.support) == placed)
    let called = try #require(misplaced)
    #expect(evaluation.confusion[(called + 1) % 4][called] == 1)
    #expect(evaluation.confusion.flatMap { $0 }.reduce(0, +) == images)
    let figures = evaluation.classFigures[(called + 1) % 4]
    #expect(figures.recall == Double(figures.support - 1) / Double(figures.support))
    #expect(try #require(evaluation.loss) > 0)
  }

  @Test func foldersAreMatchedToLabelsByName() throws {
    let folder = TemporaryFolder()
    for name in ["b", "d"] {
      _ = folder.makeFolder(name)
      try FileManager.default.copyItem(
        atPath: SamplePictures.path("photo.jpg"), toPath: folder.file(name + "/photo.jpg"))
    }
    let dataSet = try DataSet(folder: folder.path)
    #expect(try dataSet.indices(forLabels: ["a", "b", "c", "d"], count: 4) == [1, 3])
    #expect(throws: DataSetError(.labels, "")) {
      try dataSet.indices(forLabels: ["a", "b", "c", "e"], count: 4)
    }
    #expect(throws: DataSetError(.labels, "")) {
      try dataSet.indices(forLabels: ["b", "b", "c", "d"], count: 4)
    }
    #expect(throws: DataSetError(.labels, "")) { try dataSet.indices(forLabels: nil, count: 4) }
    #expect(try dataSet.indices(forLabels: nil, count: 2) == [0, 1])
  }

  @Test func whatIsNoDataSetIsAnError() throws {
    let folder = TemporaryFolder()
    #expect(throws: DataSetError(.noClasses, "")) { try DataSet(folder: folder.path) }
    _ = folder.makeFolder("a")
    #expect(throws: DataSetError(.noPictures, "")) { try DataSet(folder: folder.path) }
    #expect(throws: DataSetError(.unreadable, "")) { try DataSet(folder: folder.file("missing")) }
  }

  @Test func foldersAreSearchedToAnyDepthAndLoopsEnd() throws {
    let folder = TemporaryFolder()
    _ = folder.makeFolder("a")
    _ = folder.makeFolder("a/b")
    try FileManager.default.createSymbolicLink(atPath: folder.file("a/b/up"), withDestinationPath: "..")
    for name in ["z.JPG", "a/y.png", "a/b/x.jpeg", "a/readme"] { folder.write([1], to: name) }
    var files = PictureFiles()
    files.add(folder.path)
    #expect(files.paths == ["a/b/x.jpeg", "a/y.png", "z.JPG"].map(folder.file))
    #expect(files.skipped == 1)
  }
}
