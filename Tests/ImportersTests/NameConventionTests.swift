import Exporters
import Foundation
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing
import WeightFiles
import WeightTestSupport

@testable import Importers

/// Weights in every convention are understood without a word said, and go back as they came.
@Suite struct NameConventionTests {
  @Test(arguments: Dialect.all)
  func aNetworkIsUnderstoodAndGoesBackAsItCame(dialect: Dialect) throws {
    let folder = TemporaryFolder()
    let model = try dialect.model()
    let stored = dialect.tensors(model)
    try Data(Dialect.file(stored)).write(to: URL(filePath: folder.file("in.safetensors")))

    let source = try WeightImport(
      folder.file("in.safetensors"), options: ImportOptions(settings: dialect.settings))
    let report = try source.report()
    #expect(try Self.isSameNetwork(report.model.descriptor.architecture, dialect.net))
    #expect(report.model.hasSameWeights(as: model))
    #expect(report.notes.contains { $0.description.contains(dialect.note) }, "\(report.notes)")
    let fidelity = try source.compare { names in report.model.parameters.filter { names.contains($0.key) } }
    #expect(fidelity.identicalCount == model.graph.parameters.count, "\(fidelity.summary)")

    try report.model.write(to: folder.file("x.rzoo"))
    let read = try Model(contentsOf: folder.file("x.rzoo"))
    try read.exportSafetensors(to: folder.file("out.safetensors"), names: .source)
    #expect(try Self.tensors(folder.file("out.safetensors")) == stored)
  }

  /// Whether two descriptors make the same nodes; widths may be counted in several ways.
  private static func isSameNetwork(_ a: Architecture, _ b: Architecture) throws -> Bool {
    try Graph(a).nodes == Graph(b).nodes
  }

  private static func tensors(_ path: String) throws -> [String: Dialect.Stored] {
    let source = try openWeights(path)
    var result: [String: Dialect.Stored] = [:]
    for (index, tensor) in source.tensors.enumerated() {
      result[tensor.name] = Dialect.Stored(
        shape: tensor.shape.dimensions, bytes: Array(copying: try source.read(index).bytes))
    }
    return result
  }

  @Test func timmsNamesAreThoseOfItsModules() throws {
    let folder = TemporaryFolder()
    for dialect in Dialect.all.prefix(2) {
      let model = try dialect.model()
      let report = try model.exportSafetensors(to: folder.file("x.safetensors"), names: .timm)
      #expect(report.notes.isEmpty)
      var expected = dialect.tensors(model)
      for name in expected.keys where name.hasSuffix("num_batches_tracked") {
        expected[name] = Dialect.Stored(shape: [], bytes: [UInt8](repeating: 0, count: 8))
      }
      #expect(try Self.tensors(folder.file("x.safetensors")) == expected)
    }
    let plain = try Model(untrained: .preset(named: "small_resnet18"), seed: 1)
    try plain.exportSafetensors(to: folder.file("t.safetensors"), names: .timm)
    try plain.exportSafetensors(to: folder.file("v.safetensors"), names: .torchvision)
    #expect(readFile(folder.file("t.safetensors")) == readFile(folder.file("v.safetensors")))
  }

  @Test func whatAProgramDoesNotKnowIsSaid() throws {
    let folder = TemporaryFolder()
    func notes(_ testDescription: String, _ names: ExportNames) throws -> String {
      let dialect = try #require(Dialect.all.first { $0.testDescription == testDescription })
      return try dialect.model().exportSafetensors(to: folder.file("x.safetensors"), names: names).notes
        .map(\.description).joined(separator: "\n")
    }
    #expect(
      try notes("timm's resnetv2", .torchvision)
        == "names: torchvision has no network with pre-activation blocks; those tensors keep ResZoo's names. "
        + "Use ExportNames.timm for timm's names.")
    #expect(try notes("a CIFAR repository's", .torchvision).isEmpty)
    #expect(
      try notes("a tutorial's squeeze-and-excitation of linear layers", .timm).hasPrefix(
        "names: timm has no network with squeeze-and-excitation without biases, linear layers in"))
  }

  @Test func filtersOfOldFilesAreLeftOutAndTellTheVariant() throws {
    let preset = try Architecture.preset(named: "resnetblur18", classes: 3)
    let draft =
      try StateDictDraft(preset)
      + StateDictDraft(
        [("maxpool.1", 64), ("layer2.0.aa", 128), ("layer3.0.aa", 256), ("layer4.0.aa", 512)].map {
          ("\($0).filt", Shape([$1, 1, 3, 3]))
        })
    let plan = try draft.source().plan(options: ImportOptions())
    #expect(plan.descriptor.architecture == preset)
    #expect(plan.notes.contains("left out: 4 named *.filt"))
    #expect(
      plan.notes.contains {
        $0.description.contains(
          "resnet18 has identical tensors, and filters of anti-aliasing lie beside the weights"
        )
      })
  }

  @Test(arguments: [
    ("resnetblur50_x.safetensors", "resnetblur50"), ("resnetaa50.a1h.safetensors", "resnetaa50"),
    ("resnet50_a1.safetensors", "resnet50"), ("model.safetensors", "resnet50"),
    ("resnet50d.safetensors", "resnet50"), ("resnetblur501.safetensors", "resnet50"),
  ])
  func theFilesNameTellsNetworksWithTheSameTensorsApart(file: String, name: String) throws {
    let source = try StateDictDraft("resnet50").source(path: "/somewhere/" + file)
    let plan = try source.plan(options: ImportOptions())
    #expect(plan.descriptor.architecture.name == name)
    #expect(plan.descriptor.assumptions.first?.what == "the network is \(name)")
  }

  @Test func poolingThatANameHidesIsAsTheArchitectureSays() throws {
    let dialect = Dialect.all[1]
    let net = dialect.net
    var draft = try StateDictDraft(net).renaming(dialect.foreign)
    draft = draft.reshaping { $0 == "head.fc.weight" ? $1 + [1, 1] : $1 }
    var projected = net
    projected.shortcut = .projection
    for architecture in [net, projected] {
      let plan = try draft.source().plan(options: ImportOptions(architecture: architecture))
      #expect(plan.descriptor.architecture.shortcut == architecture.shortcut)
      #expect(plan.descriptor.assumptions.allSatisfy { !$0.what.contains("pooling") })
    }
  }

  @Test(arguments: [
    ("stages.0.blocks.12.conv3.weight", "layer1.12.conv3.weight"), ("stages.00.blocks.1.conv3.weight", nil),
    ("stages.1000000.blocks.1.conv3.weight", nil), ("stages.0.blocks.1.conv3x", nil), ("stages.0", nil),
    ("", nil),
  ])
  func aRuleKeepsNumbersAndEnds(foreign: String, own: String?) {
    let rule = NameRule("stages.@.blocks.#.conv#", "layer@.#.conv#")
    #expect(rule.own(for: foreign) == own)
    if let own { #expect(rule.foreign(for: own) == foreign) }
    #expect(rule.foreign(for: "layer0.0.conv1") == nil)
  }

  @Test func extentsThatOverflowInAnotherOrderAreLeftAlone() {
    let shape: Shape = [1 << 40, 0, 1 << 40, 1 << 40]
    let mapping = NameMap.map([("conv2_block1_1_conv/kernel:0", shape)])
    #expect(mapping.shapes == [shape])
    #expect(mapping.names == ["layer1.0.conv1.weight"])
  }
}
