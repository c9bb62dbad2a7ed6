import Exporters
import Messages
import ModelDescriptor
import ResNetModel
import TestSupport
import Testing

@testable import Importers

/// What weights do not tell is said and stored.
@Suite struct AssumptionTests {
  private func assumptions(_ name: String, _ options: ImportOptions = ImportOptions()) throws -> [Assumption]
  {
    try importWeights(WeightFixtures.path(name), options: options).model.descriptor.assumptions
  }

  @Test func whatTheTensorsDoNotTellIsStoredWithItsEvidence() throws {
    let found = try assumptions("pytorch/zip.pth")
    #expect(
      found.map(\.what) == [
        "shortcuts that change the shape pad with zeros (option A), half of them before the channels",
        "every stage but the first halves the resolution", "the stem's convolution does not stride",
        "no pool follows the stem", "no dilation", "no anti-aliasing before strides",
        "the epsilon of batch norms is 1e-05", "every activation is ReLU",
        "the last map is pooled to the mean of each channel",
        "images are prepared as for cifar10",
      ])
    #expect(found.allSatisfy { !$0.evidence.isEmpty })
  }

  @Test func theyArePrintedOncePerEvidence() throws {
    let report = try importWeights(WeightFixtures.path("pytorch/zip.pth"))
    let notes = report.notes.map(\.description).filter { $0.hasPrefix("assumed (") }
    #expect(notes.count == 1)
    #expect(notes.first?.hasSuffix("\n      (as is usual; no preset has these tensors)") == true)
    let lines = notes.first?.split(separator: "\n").dropFirst().map { $0.drop { $0 == " " } }
    #expect(
      lines?.prefix(2) == [
        "shortcuts that change the shape pad with zeros (option A), half of them before the channels [shortcut=none as ImportOptions.settings]",
        "every stage but the first halves the resolution [strides=… as ImportOptions.settings]",
      ])
  }

  @Test func eachOneSaysWhichSettingTurnsIt() throws {
    let report = try importWeights(WeightFixtures.path("pytorch/zip.pth"))
    #expect(report.assumptions.map(\.assumption) == report.model.descriptor.assumptions)
    #expect(report.assumptions.first?.remedy == .assumption("shortcut=none"))
    #expect(report.assumptions.last?.remedy == .preprocessing)
  }

  @Test func whatIsAskedForOrStatedIsNotAssumed() throws {
    let options = ImportOptions(
      architecture: try PyTorchImportTests.tiny,
      preprocessing: Preprocessing(inputSize: [3, 8, 8], resize: nil, crop: nil))
    #expect(try assumptions("pytorch/zip.pth", options) == [])
    #expect(try assumptions("tiny") == [])
  }

  @Test func aFileNameIsEvidence() throws {
    let draft = try StateDictDraft("small_resnet18").source(
      SourceClaims(
        file: "x", architecture: .name("small_resnet18"), evidence: "as the file's name says",
        basis: "the name says so", origin: Origin(kind: .imported)))
    let plan = try draft.plan(options: ImportOptions())
    #expect(plan.descriptor.assumptions.contains(Assumption("no dilation", evidence: "the name says so")))
  }

  @Test func networksWithTheSameTensorsAreNamed() throws {
    let plan = try StateDictDraft("cifar_resnet20").source().plan(options: ImportOptions())
    #expect(
      plan.descriptor.assumptions.first
        == Assumption(
          "the network is cifar_resnet20",
          evidence: "cifar_plain20 has identical tensors, and cifar_resnet20 is the most usual"))
  }

  @Test func theySurviveACheckpointAndAnExport() throws {
    let folder = TemporaryFolder()
    let model = try importWeights(WeightFixtures.path("pytorch/zip.pth")).model
    try model.write(to: folder.file("x.rzoo"))
    let read = try Model(contentsOf: folder.file("x.rzoo"))
    #expect(read.descriptor.assumptions == model.descriptor.assumptions)
    try read.exportSafetensors(to: folder.file("x.safetensors"))
    let back = try importWeights(folder.file("x.safetensors")).model
    #expect(back.descriptor.assumptions == model.descriptor.assumptions)
  }

  @Test func placesThatAreNotUsualAreSaid() throws {
    var net = try Architecture.preset(named: "resnet50")
    net.bottleneckStride = .conv1
    net.stages[3].stride = 1
    net.stages[3].dilation = 2
    let properties = net.unseenProperties.map(\.what)
    #expect(properties.contains("bottlenecks stride in their first 1×1 convolution"))
    #expect(properties.contains("the stages stride by 1, 2, 2, 1"))
    #expect(properties.contains("the stages are dilated by 1, 1, 1, 2"))
    #expect(properties.contains("a 3×3 max-pool of stride 2 follows the stem"))
  }
}
