import Exporters
import Files
import Foundation
import Importers
import Messages
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing
import WeightTestSupport

@Suite struct RawExportWritingTests {
  @Test(arguments: ["tiny", "parallel"])
  func aRawExportComesBackThroughACheckpoint(name: String) throws {
    let folder = TemporaryFolder()
    let options = name == "tiny" ? ImportOptions() : try Specimen.options()
    let source = try importWeights(WeightFixtures.path(name), options: options).model
    try source.write(to: folder.file("x.rzoo"))
    try Model(contentsOf: folder.file("x.rzoo")).exportRaw(folder: folder.file("raw"))
    if name == "tiny" {
      // No counters stood between the tensors.
      let isSame =
        readFile(folder.file("raw/weights.bin")) == readFile(WeightFixtures.path(name) + "/weights.bin")
      #expect(isSame)
    }

    let back = try importWeights(folder.file("raw")).model
    #expect(back.hasSameWeights(as: source))
    var descriptor = source.descriptor
    // A manifest has no place for these.
    descriptor.sourceNames = nil
    descriptor.assumptions = []
    #expect(back.descriptor == descriptor)

    try back.exportRaw(folder: folder.file("again"))
    for file in ["manifest.json", "weights.bin"] {
      #expect(readFile(folder.file("raw/" + file)) == readFile(folder.file("again/" + file)))
    }
  }

  @Test func theSourcesNamesComeBack() throws {
    let folder = TemporaryFolder()
    let source = try Specimen.load("wrapped.safetensors").model
    let report = try source.exportRaw(folder: folder.file("raw"), names: .source)
    #expect(report.notes == ["left out: 5 named *.num_batches_tracked, as they are integers"])
    let manifest = String(decoding: readFile(folder.file("raw/manifest.json")), as: UTF8.self)
    #expect(manifest.contains(#""module.linear.weight""#))
    #expect(try importWeights(folder.file("raw")).model.hasSameWeights(as: source))
  }

  @Test func randomWeightsStayRandom() throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: try Architecture.preset(named: "cifar_resnet20", classes: 7), seed: 9)
    try model.exportRaw(folder: folder.file("raw"))
    let origin = try importWeights(folder.file("raw")).model.descriptor.origin
    #expect(origin == Origin(kind: .untrained, source: "cifar_resnet20", seed: 9))
  }

  @Test func anEarlierExportOrAnEmptyFolderIsReplaced() throws {
    let folder = TemporaryFolder()
    let path = folder.makeFolder("raw")
    try Specimen.model().exportRaw(folder: path + "/")
    try Specimen.model().exportRaw(folder: path)
    #expect(folder.names == ["raw"])
    #expect(try importWeights(path).model.hasSameWeights(as: Specimen.model()))
  }

  @Test(arguments: ["notes.txt", "weights.bin"])
  func aFolderOfOtherFilesIsKept(name: String) throws {
    let folder = TemporaryFolder()
    let path = folder.makeFolder("raw")
    writeFile([1, 2, 3], to: path + "/" + name)
    let error = #expect(throws: ExportError.self) { try Specimen.model().exportRaw(folder: path) }
    guard case .file(let error)? = error else { return }
    #expect(error.code == .badPath)
    #expect(folder.names == ["raw"])
    #expect(readFile(path + "/" + name) == [1, 2, 3])
  }

  @Test(arguments: [
    ("x", FileError.Code.notARegularFile), ("nowhere/raw", .folderNotFound), ("x/raw", .folderNotFound),
  ])
  func impossibleFoldersAreNamed(name: String, code: FileError.Code) throws {
    let folder = TemporaryFolder()
    folder.write([1], to: "x")
    let error = #expect(throws: ExportError.self) {
      try Specimen.model().exportRaw(folder: folder.file(name))
    }
    guard case .file(let error)? = error else { return }
    #expect(error.code == code)
    #expect(folder.names == ["x"])
  }
}
