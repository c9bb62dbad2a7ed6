import Datasets
import Messages
import TestSupport
import Testing

/// Folders with `train`, `val` and `test` in them.
struct DatasetPartsTests {
  private let folder = TemporaryFolder()

  /// Makes folders with one image in each.
  private func make(_ paths: String...) {
    var made: Set<String> = []
    for path in paths {
      var part = ""
      for name in path.split(separator: "/") {
        part += (part.isEmpty ? "" : "/") + name
        if made.insert(part).inserted { _ = folder.makeFolder(part) }
      }
      folder.write(ImageSamples.grayPNG(UInt8(made.count)), to: "\(path)/1.png")
    }
  }

  private func message(for purpose: ImageSet.Purpose = .training) throws -> String {
    try #require(
      throws: DatasetError.self, "\(folder.path)",
      performing: { try ImageSet(path: folder.path, for: purpose) }
    ).message
  }

  @Test(arguments: ["val", "valid", "validation", "test", "Testing"])
  func trainAndAnotherArePartsOfASet(other: String) throws {
    make("train/a", "train/b", "\(other)/a", "\(other)/b")
    let parts = try #require(try DatasetParts(of: folder.path))
    #expect(parts.training == folder.file("train") && parts.validation == folder.file(other))
    #expect(parts.unused == [])
    let training = try ImageSet(path: folder.path)
    #expect(training.labels == ["a", "b"] && training.path == folder.file("train"))
    #expect(training.remarks.map(\.description) == ["\(folder.path): trains on \(folder.path)/train"])
    let evaluated = try ImageSet(path: folder.path, for: .evaluation)
    #expect(evaluated.path == folder.file(other))
    #expect(
      evaluated.remarks.map(\.description)
        == ["\(folder.path): evaluates on \(folder.path)/\(other), not on 'train'"])
  }

  @Test func valComesBeforeTestAndWhatIsLeftIsNamed() throws {
    make("train/a", "train/b", "val/a", "val/b", "test/a", "annotations")
    let parts = try #require(try DatasetParts(of: folder.path))
    #expect(parts.validation == folder.file("val"))
    #expect(parts.unused == ["annotations", "test"])
  }

  @Test func aTestFolderWithoutClassesIsNotUsed() throws {
    make("train/a", "train/b", "test")
    let parts = try #require(try DatasetParts(of: folder.path))
    #expect(parts.training == folder.file("train") && parts.validation == nil && parts.unused == ["test"])
    #expect(try message(for: .evaluation).contains("has no folder 'val' or 'test'"))
  }

  @Test func partsWithoutTrainAreForEvaluationAlone() throws {
    make("val/a", "val/b")
    #expect(try message().contains("has no folder 'train'"))
    #expect(try ImageSet(path: folder.path, for: .evaluation).labels == ["a", "b"])
  }

  @Test func foldersThatAreNeitherPartsNorClassesAreRefused() throws {
    make("train", "test")
    #expect(try message().contains("'test', 'train' are named like parts"))
  }

  @Test func unlabelledTestImagesBesideClassesAreRefused() throws {
    make("cat", "dog", "test")
    #expect(try message().contains("'test' is named like a part"))
  }

  @Test func twoFoldersForOnePartAreRefused() throws {
    make("train/a", "train/b", "training/a", "val/a")
    #expect(try message().contains("'train', 'training' would be the same part"))
  }

  @Test func aTrainMayBeAClassAmongOthers() throws {
    make("bus", "car", "train")
    #expect(try ImageSet(path: folder.path).labels == ["bus", "car", "train"])
  }

  @Test func partsWithinClassesAreRefused() throws {
    make("cat/train", "cat/test", "dog/train", "dog/test")
    #expect(try message().contains("\(folder.path)/cat: is divided into parts"))
  }

  @Test func foldersOfSystemsAreNoClasses() throws {
    make("a", "b", "@eaDir", "__MACOSX", "_private", "a/@eaDir")
    let set = try ImageSet(path: folder.path)
    #expect(set.labels == ["a", "b"])
    #expect(set.sources.map(\.path) == [folder.file("a/1.png"), folder.file("b/1.png")])
    #expect(set.remarks.map(\.description).first?.contains("left out: '_private'") == true)
  }
}
