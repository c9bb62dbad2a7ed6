import Exporters
import Foundation
import Importers
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightTestSupport

/// Fixtures by `tools/fixtures/make_safetensors_fixtures.py`.
@Suite struct SafetensorsTests {
  @Test(arguments: [
    "plain.safetensors", "wrapped.safetensors", "f16.safetensors", "bf16.safetensors", "f64.safetensors",
    "sharded/model.safetensors.index.json",
  ])
  func everyTensorArrivesUnchanged(name: String) throws {
    let report = try Specimen.load(name)
    #expect(report.model.hasSameWeights(as: try Specimen.model()))
    var origin = report.model.descriptor.origin
    // The hash of the file; an index has none, as the weights are in others.
    #expect((origin.sha256 == nil) == name.hasSuffix(".json"))
    origin.sha256 = nil
    #expect(origin == Origin(kind: .imported, source: (name as NSString).lastPathComponent))
  }

  @Test(arguments: [
    ("plain", ElementType.float32), ("f16", .float16), ("bf16", .bfloat16), ("f64", .float64),
  ])
  func everyTypeIsKeptAndLeavesBitForBit(name: String, type: ElementType) throws {
    let folder = TemporaryFolder()
    let source = Specimen.path(name + ".safetensors")
    let report = try importWeights(source, options: try Specimen.options())
    let model = report.model
    #expect(model.graph.parameters.allSatisfy { model.tensors.storedType(of: $0.name) == type })
    #expect(report.notes.contains("left out: 5 named *.num_batches_tracked"))
    try model.write(to: folder.file("x.rzoo"))
    let export = try Model(contentsOf: folder.file("x.rzoo"))
      .exportSafetensors(to: folder.file("x.safetensors"), names: .source)
    #expect(export.notes == [])
    #expect(
      try SafetensorsText.tensors(in: folder.file("x.safetensors")) == SafetensorsText.tensors(in: source))
  }

  @Test func theSourcesNamesAreRememberedByTheirDifferences() throws {
    #expect(
      try Specimen.load("plain.safetensors").model.descriptor.sourceNames == SourceNames(batchesTracked: [7]))
    #expect(
      try Specimen.load("wrapped.safetensors").model.descriptor.sourceNames
        == SourceNames(prefix: "module.", renamed: ["fc": "linear"], batchesTracked: [0, 1, 2, 3, 4]))
    #expect(try Specimen.model().descriptor.sourceNames == nil)
  }

  @Test func aRawExportsNamesAreRememberedToo() throws {
    let names = try importWeights(WeightFixtures.path("parallel")).model.descriptor.sourceNames
    #expect(names?.prefix == "module.")
    #expect(names?.renamed == ["fc": "linear"])
  }

  @Test func withoutAnArchitectureTheTensorsTell() throws {
    let report = try importWeights(Specimen.path("plain.safetensors"))
    #expect(report.model.hasSameWeights(as: try Specimen.model()))
    #expect(report.notes.contains { $0.description.hasSuffix("as the tensors' names and shapes say") })
  }

  @Test func spacesMayFollowTheHeaderAndItsLengthNeedNotBeEven() throws {
    let folder = TemporaryFolder()
    let whole = readFile(Specimen.path("plain.safetensors"))
    let length = Int(whole[0]) + Int(whole[1]) << 8
    let longer =
      SafetensorsText.length(length + 3) + whole[8..<8 + length] + Array("   ".utf8) + whole[(8 + length)...]
    let path = folder.write(longer, to: "x.safetensors")
    let report = try importWeights(path, options: try Specimen.options())
    #expect(report.model.hasSameWeights(as: try Specimen.model()))
  }

  @Test func foreignMetadataIsNotHeard() throws {
    let folder = TemporaryFolder()
    let whole = readFile(Specimen.path("plain.safetensors"))
    let length = Int(whole[0]) + Int(whole[1]) << 8
    let header = String(decoding: whole[8..<8 + length], as: UTF8.self)
      .replacingOccurrences(of: #""format":"pt""#, with: #""architecture":"resnet50","labels":"[]""#)
    let path = folder.write(
      SafetensorsText.length(header.utf8.count) + Array(header.utf8) + whole[(8 + length)...],
      to: "x.safetensors")
    let report = try importWeights(path, options: try Specimen.options())
    #expect(report.model.descriptor.labels == nil)
  }
}
