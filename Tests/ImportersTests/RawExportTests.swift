import Foundation
import Importers
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
import Testing

/// Fixtures by `tools/fixtures/make_import_fixtures.py`.
@Suite struct RawExportTests {
  @Test func everyTensorArrivesUnchanged() throws {
    let model = try importWeights(WeightFixtures.path("tiny")).model
    for (position, parameter) in model.graph.parameters.enumerated() {
      let floats = model.parameter(parameter.name).floats
      for index in floats.indices {
        #expect(floats[index] == 1 + Float((position + index) % 16) / 16, "\(parameter.name)[\(index)]")
      }
    }
  }

  @Test func theManifestDecidesWhatNoOptionDoes() throws {
    let descriptor = try importWeights(WeightFixtures.path("tiny")).model.descriptor
    #expect(descriptor.labels == ["ant", "bee", "cat"])
    #expect(descriptor.preprocessing.std == [0.25, 0.25, 0.25])
    #expect(descriptor.architecture.shortcut == .zeroPad)
    #expect(
      descriptor.origin
        == Origin(
          kind: .imported, source: "tiny.pth", sha256: String(repeating: "ab", count: 32), license: "CC0-1.0")
    )
  }

  @Test func optionsGoBeforeTheManifest() throws {
    var preprocessing = Preprocessing.cifar10
    preprocessing.inputSize = [3, 8, 8]
    let report = try importWeights(
      WeightFixtures.path("tiny"),
      options: ImportOptions(labels: ["x", "y", "z"], preprocessing: preprocessing))
    #expect(report.model.descriptor.labels == ["x", "y", "z"])
    #expect(report.model.descriptor.preprocessing == preprocessing)
    #expect(report.notes.contains("preprocessing: as asked for"))
  }

  @Test func namesOfWrappedNetworksAreMapped() throws {
    let report = try importWeights(WeightFixtures.path("parallel"))
    let names = Set(report.model.parameters.keys)
    #expect(names == Set(report.model.graph.parameters.map(\.name)))
    #expect(report.notes.contains("names: 'module.' was dropped from each"))
    #expect(report.notes.contains("names: 'linear.' became 'fc.' in 2"))
    #expect(report.notes.contains("left out: 5 named *.num_batches_tracked"))
  }

  @Test func theUsualPreprocessingIsTakenAndToldWhenNothingSaysWhich() throws {
    let report = try importWeights(WeightFixtures.path("parallel"))
    #expect(report.model.descriptor.preprocessing.mean == Preprocessing.cifar10.mean)
    #expect(
      report.notes.contains { $0.description.hasPrefix("preprocessing: cifar10, assumed as the usual one") })
    #expect(report.model.descriptor.labels == nil)
  }

  @Test func aSourceIsRememberedWithoutItsFolder() throws {
    let report = try importWeights(WeightFixtures.path("parallel"))
    #expect(report.model.descriptor.origin.source == "net.th")
  }

  @Test func randomWeightsAreCalledUntrained() throws {
    let folder = FixtureFolder()
    try folder.replace(#""license": "CC0-1.0""#, with: #""license": null, "seed": 7"#)
    let origin = try importWeights(folder.path).model.descriptor.origin
    #expect(origin.kind == .untrained)
    #expect(origin.seed == 7)
  }

  @Test func theHeadTellsTheNumberOfClassesOfAnArchitectureFromOutside() throws {
    let folder = FixtureFolder()
    var architecture = try importWeights(folder.path).model.descriptor.architecture
    architecture.classes = 1000
    let report = try importWeights(
      folder.path, options: ImportOptions(architecture: architecture))
    #expect(report.model.descriptor.architecture.classes == 3)
    #expect(report.notes.contains("classes: 3, as fc.weight has that many rows"))
  }

  @Test func anArchitectureFromOutsideReplacesAnUnknownOne() throws {
    let folder = FixtureFolder()
    let architecture = try importWeights(folder.path).model.descriptor.architecture
    let start = try #require(folder.manifest.range(of: #""architecture": "#))
    let end = try #require(folder.manifest.range(of: #""preprocessing""#))
    let object = String(folder.manifest[start.upperBound..<end.lowerBound])
    try folder.replace(object, with: #""resnet19", "#)
    #expect(throws: ImportError(.architecture, file: "", "")) { try importWeights(folder.path) }
    let options = ImportOptions(architecture: architecture)
    #expect(try importWeights(folder.path, options: options).model.parameters.count == 27)
  }

  @Test(arguments: [
    (ImportOptions(classes: 4), ImportError.Code.classes),
    (ImportOptions(labels: ["one"]), .labels),
    (ImportOptions(labels: ["a", "", "c"]), .labels),
    (ImportOptions(preprocessing: Preprocessing(inputSize: [1, 8, 8])), .preprocessing),
    (ImportOptions(architecture: Architecture.presets[0]), .tensors),
    (ImportOptions(architecture: Architecture(stages: [], block: .basic)), .architecture),
  ])
  func contradictingOptionsAreRefused(options: ImportOptions, code: ImportError.Code) {
    #expect(throws: ImportError(code, file: "", "")) {
      try importWeights(WeightFixtures.path("tiny"), options: options)
    }
  }
}
