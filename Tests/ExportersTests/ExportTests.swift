import Exporters
import Files
import Importers
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightTestSupport

@Suite struct ExportTests {
  @Test func aModelComesBackFromSafetensorsWithAllThatItSays() throws {
    let folder = TemporaryFolder()
    var descriptor = try Specimen.model().descriptor
    descriptor.metrics = ["acc@1": 0.5]
    descriptor.labels = ["ant", "bee \"é\"", "\u{1F431}\n"]
    let model = try Model(descriptor: descriptor, parameters: Specimen.model().parameters)
    try model.exportSafetensors(to: folder.file("x.safetensors"))
    var back = try importWeights(folder.file("x.safetensors")).model
    #expect(back.hasSameWeights(as: model))
    descriptor.sourceNames = SourceNames(batchesTracked: [0])
    #expect(back.descriptor == descriptor)
    let first = readFile(folder.file("x.safetensors"))
    try back.exportSafetensors(to: folder.file("x.safetensors"))
    back = try importWeights(folder.file("x.safetensors")).model
    #expect(readFile(folder.file("x.safetensors")) == first)
  }

  @Test func integersLeaveAsFloats() throws {
    let folder = TemporaryFolder()
    let model = try Specimen.model().stored(as: .int8)
    let count = model.graph.parameters.count { $0.shape.rank >= 2 }
    let note = "types: \(count) tensors of i8 became float32, each integer times its channel's scale"
    #expect(try model.exportSafetensors(to: folder.file("x.safetensors")).notes.map(\.description) == [note])
    #expect(try model.exportRaw(folder: folder.file("raw")).notes.map(\.description) == [note])
    for path in ["x.safetensors", "raw"] {
      let back = try importWeights(folder.file(path)).model
      #expect(back.hasSameWeights(as: model))
      #expect(back.graph.parameters.allSatisfy { back.tensors.storedType(of: $0.name) == .float32 })
    }
  }

  @Test func aRawExportHoldsFloat32() throws {
    let folder = TemporaryFolder()
    let model = try Specimen.model().stored(as: .float16)
    let notes = try model.exportRaw(folder: folder.file("raw")).notes
    #expect(notes.count == 1 && notes[0].description.hasSuffix("tensors of f16 became float32, exactly"))
    #expect(try importWeights(folder.file("raw")).model.hasSameWeights(as: model))
  }

  @Test func aPresetGoesByItsName() throws {
    let folder = TemporaryFolder()
    let model = try Model(untrained: try Architecture.preset(named: "cifar_resnet20", classes: 7), seed: 3)
    try model.exportSafetensors(to: folder.file("x.safetensors"))
    #expect(
      SafetensorsText.header(of: folder.file("x.safetensors")).contains(
        #""reszoo.architecture":"cifar_resnet20""#))
    let back = try importWeights(folder.file("x.safetensors")).model
    #expect(back.hasSameWeights(as: model))
    #expect(back.descriptor.architecture == model.descriptor.architecture)
    #expect(back.descriptor.origin == Origin(kind: .untrained, seed: 3))
  }

  @Test func everyBatchNormHasItsCounterAndTheDataIsAligned() throws {
    let folder = TemporaryFolder()
    try Specimen.model().exportSafetensors(to: folder.file("x.safetensors"))
    let header = SafetensorsText.header(of: folder.file("x.safetensors"))
    #expect(header.utf8.count % 8 == 0)
    #expect(header.contains(#""format":"pt""#))
    let tensors = try SafetensorsText.tensors(in: folder.file("x.safetensors"))
    #expect(tensors.count == 32)
    #expect(tensors["layer2.0.bn1.num_batches_tracked"] == [UInt8](repeating: 0, count: 8))
  }

  @Test(arguments: ["plain.safetensors", "wrapped.safetensors"])
  func theSourcesNamesComeBackThroughACheckpoint(name: String) throws {
    let folder = TemporaryFolder()
    try Specimen.load(name).model.write(to: folder.file("x.rzoo"))
    let model = try Model(contentsOf: folder.file("x.rzoo"))
    let report = try model.exportSafetensors(to: folder.file("x.safetensors"), names: .source)
    #expect(report.notes.isEmpty)
    #expect(
      try SafetensorsText.tensors(in: folder.file("x.safetensors"))
        == SafetensorsText.tensors(in: Specimen.path(name)))
  }

  @Test func torchvisionsNamesAreTheDefault() throws {
    let folder = TemporaryFolder()
    try Specimen.load("wrapped.safetensors").model.exportSafetensors(to: folder.file("x.safetensors"))
    let names = try SafetensorsText.tensors(in: folder.file("x.safetensors")).keys
    #expect(Set(names) == Set(try SafetensorsText.tensors(in: Specimen.path("plain.safetensors")).keys))
  }

  @Test func aModelWithoutSourceSaysSo() throws {
    let folder = TemporaryFolder()
    let report = try Specimen.model().exportSafetensors(to: folder.file("x.safetensors"), names: .source)
    #expect(report.notes == ["names: the checkpoint remembers no others than torchvision's"])
    #expect(try SafetensorsText.tensors(in: folder.file("x.safetensors")).count == 27)
  }

  @Test(arguments: [
    SourceNames(renamed: ["fc.weight": "x", "fc.bias": "x"]), SourceNames(renamed: ["fc": "bn1"]),
    SourceNames(renamed: ["fc.weight": ""]), SourceNames(renamed: ["fc": "a\0b"]),
    SourceNames(renamed: ["fc.weight": "__metadata__"]),
    SourceNames(prefix: String(repeating: "x", count: 1024)),
  ])
  func impossibleNamesOfACheckpointAreRefused(names: SourceNames) throws {
    let folder = TemporaryFolder()
    var descriptor = try Specimen.model().descriptor
    descriptor.sourceNames = names
    let model = try Model(descriptor: descriptor, parameters: Specimen.model().parameters)
    let error = #expect(throws: ExportError.self) {
      try model.exportSafetensors(to: folder.file("x.safetensors"), names: .source)
    }
    guard case .names? = error else {
      Issue.record("\(error.map(\.description) ?? "")")
      return
    }
    #expect(folder.names.isEmpty)
    try model.exportSafetensors(to: folder.file("x.safetensors"))
  }

  @Test func aFileThatCannotBeWrittenIsAFileError() throws {
    let folder = TemporaryFolder()
    let error = #expect(throws: ExportError.self) {
      try Specimen.model().exportSafetensors(to: folder.file("nowhere/x.safetensors"))
    }
    guard case .file(let error)? = error else { return }
    #expect(error.code == .folderNotFound)
  }
}
