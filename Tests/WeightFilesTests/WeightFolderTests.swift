import Foundation
import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// Folders as model hubs have them, and indices of PyTorch files, which `tools/fixtures/make_pytorch_fixtures.py` makes.
@Suite struct WeightFolderTests {
  private func folder(_ names: String...) -> TemporaryFolder {
    let folder = TemporaryFolder()
    for name in names { folder.write(Array("{}".utf8), to: name) }
    return folder
  }

  private func choice(_ folder: TemporaryFolder) throws -> (name: String, notes: [Remark]) {
    let location = try WeightLocation(folder.path)
    return (String(location.path.dropFirst(folder.path.count + 1)), location.notes)
  }

  @Test func theUsualNamesGoBeforeOthersAndTheRestIsSaid() throws {
    let (name, notes) = try choice(
      folder("config.json", "model.safetensors", "pytorch_model.bin", "a.safetensors", "training_args.bin"))
    #expect(name == "model.safetensors")
    #expect(
      notes == ["weights: model.safetensors of the folder; not read: a.safetensors, pytorch_model.bin"])
  }

  @Test(arguments: [
    (["pytorch_model.bin", "config.json"], "pytorch_model.bin"),
    (["net.pth", "training_args.bin", "notes.txt"], "net.pth"),
    (["net.safetensors", "a.bin", "b.bin"], "net.safetensors"),
    (
      [
        "pytorch_model.bin.index.json", "pytorch_model-00001-of-00002.bin",
        "pytorch_model-00002-of-00002.bin",
      ],
      "pytorch_model.bin.index.json"
    ),
  ])
  func oneFileIsTaken(names: [String], expected: String) throws {
    let folder = TemporaryFolder()
    for name in names { folder.write([], to: name) }
    #expect(try choice(folder).name == expected)
  }

  @Test func shardsOfTheChosenIndexAreNoOthers() throws {
    let (_, notes) = try choice(
      folder("model.safetensors.index.json", "model-00001-of-00001.safetensors", "pytorch_model.bin"))
    #expect(
      notes == ["weights: model.safetensors.index.json of the folder; not read: pytorch_model.bin"])
  }

  @Test func filesThatCompeteAreNamed() {
    let folder = folder("a.safetensors", "b.safetensors", "c.bin")
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == .ambiguousFolder)
    #expect(error?.message.contains("a.safetensors, b.safetensors") == true, "\(error?.message ?? "")")
  }

  @Test(arguments: [
    ("saved_model.pb", "SavedModel folder of TensorFlow"), ("__0_0.distcp", "distributed checkpoint"),
    ("flax_model.msgpack", "Flax"), ("data.pkl", "unpacked PyTorch file"),
  ])
  func foldersOfOtherKindsAreNamed(name: String, words: String) {
    let folder = folder(name)
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == .unknownFormat)
    #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
  }

  @Test func aFolderWithoutWeightsSaysWhatWasLookedFor() {
    let folder = folder("config.json", "README.md")
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == .notFound)
    for name in ["manifest.json", "model.safetensors", "pytorch_model.bin.index.json", ".pth"] {
      #expect(error?.message.contains(name) == true, "\(name)")
    }
  }

  @Test func aHubsCacheLeadsToItsSnapshot() throws {
    let folder = TemporaryFolder()
    let inner = { (name: String) in
      try FileManager.default.createDirectory(
        atPath: folder.file(name), withIntermediateDirectories: true)
    }
    for name in ["blobs", "refs", "snapshots/abc"] { try inner(name) }
    folder.write([1], to: "blobs/0123")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("snapshots/abc/model.safetensors"), withDestinationPath: "../../blobs/0123")
    #expect(try choice(folder).name == "snapshots/abc/model.safetensors")
    try inner("snapshots/def")
    #expect(throws: WeightFileError(.ambiguousFolder, file: "", "")) { try openWeights(folder.path) }
    folder.write(Array("abc\n".utf8), to: "refs/main")
    #expect(try choice(folder).name == "snapshots/abc/model.safetensors")
  }

  @Test func linksThatGoInCirclesOrNowhereAreErrors() throws {
    let folder = TemporaryFolder()
    for (name, target) in [("model.safetensors", "model.safetensors"), ("pytorch_model.bin", "nowhere")] {
      try FileManager.default.createSymbolicLink(
        atPath: folder.file(name), withDestinationPath: target)
    }
    #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(throws: WeightFileError.self) { try openWeights(folder.file("pytorch_model.bin")) }
  }

  @Test(.timeLimit(.minutes(10))) func aPipeInPlaceOfWeightsIsRefusedWithoutWaiting() {
    let folder = TemporaryFolder()
    #expect(unsafe mkfifo(folder.file("model.safetensors"), 0o600) == 0)
    #expect(throws: WeightFileError(.wrongKind, file: "", "")) { try openWeights(folder.path) }
  }

  // MARK: Indices of PyTorch files

  private static let index = "pytorch_model.bin.index.json"
  private static let first = "pytorch_model-00001-of-00002.bin"
  private static let second = "pytorch_model-00002-of-00002.bin"

  @Test func thePyTorchFilesOfAnIndexAreOneSource() throws {
    let whole = try openWeights(WeightFixtures.path("pytorch/zip.pth"))
    let bytes = try Dictionary(
      uniqueKeysWithValues: whole.tensors.indices.map { index in
        (whole.tensors[index].name, Array(copying: try whole.read(index).bytes))
      })
    for path in ["pytorch/sharded", "pytorch/sharded/" + Self.index] {
      let shards = try openWeights(WeightFixtures.path(path))
      #expect(shards.container == "an index of 2 PyTorch files")
      #expect(shards.tensors.count == 27)
      for index in shards.tensors.indices {
        #expect(Array(copying: try shards.read(index).bytes) == bytes[shards.tensors[index].name])
      }
      #expect(try shards.finish() == [])
    }
  }

  private static let falsehoods: [Falsehood<WeightFileError.Code>] = [
    Falsehood("a file above the folder", first, "../\(first)", .unsafePath),
    Falsehood("a file of the root", first, "/etc/passwd", .unsafePath),
    Falsehood("a file that is not there", first, "a.bin", .notFound),
    Falsehood("a tensor of another file", #""fc.bias": "\#(first)""#, #""fc.bias": "\#(second)""#, .shards),
    Falsehood("a tensor that is nowhere", #""fc.bias""#, #""fc.bias": "\#(first)", "x""#, .shards),
    Falsehood("a tensor that is not in the index", #""fc.bias": "\#(first)""#, #""x": "\#(first)""#, .shards),
  ]

  @Test(arguments: falsehoods)
  func everyFalsehoodOfAnIndexIsNamed(falsehood: Falsehood<WeightFileError.Code>) throws {
    let folder = FixtureFolder(copying: "pytorch/sharded")
    try folder.replace(falsehood.truth, with: falsehood.falsehood, in: Self.index)
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == falsehood.code, "\(error?.description ?? "")")
  }

  @Test func anIndexThatNamesItselfIsNotReadInCircles() {
    let folder = TemporaryFolder()
    folder.write(Array(#"{"weight_map": {"a": "\#(Self.index)"}}"#.utf8), to: Self.index)
    #expect(throws: WeightFileError(.headerLength, file: "", "")) { try openWeights(folder.path) }
  }

  @Test func theSameTensorInTwoPyTorchFilesIsRefused() throws {
    let folder = FixtureFolder(copying: "pytorch/sharded")
    writeFile(readFile(folder.file(Self.first)), to: folder.file(Self.second))
    #expect(throws: WeightFileError(.shards, file: "", "")) { try openWeights(folder.path) }
  }
}
