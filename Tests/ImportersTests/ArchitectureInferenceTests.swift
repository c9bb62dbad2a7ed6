import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import Testing

@testable import Importers

@Suite struct ArchitectureInferenceTests {
  private func shapes(_ architecture: Architecture) throws -> [String: Shape] {
    let parameters = try Graph(architecture).parameters
    return Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.shape) })
  }

  static let runnable = Architecture.presets.filter { (try? Graph($0)) != nil }.compactMap(\.name)

  @Test(arguments: runnable)
  func everyPresetIsRecognised(name: String) throws {
    let architecture = try Architecture.preset(named: name, classes: 7)
    let reading = try #require(ArchitectureInference(shapes: shapes(architecture)).infer())
    if reading.architecture != architecture {
      // Plain networks have the tensors of those with shortcuts that pad.
      #expect(reading.assumptions.contains { $0.what.contains(name) }, "\(reading)")
    }
  }

  static let others: [Architecture] = [
    Architecture(
      stages: [.init(blocks: 1, width: 64, stride: 1), .init(blocks: 2, width: 128, stride: 2)],
      block: .basic,
      classes: 5),
    Architecture(
      stages: [.init(blocks: 2, width: 64, stride: 1), .init(blocks: 1, width: 128, stride: 2)],
      block: .bottleneck,
      groups: 8, widthPerGroup: 16, classes: 5),
    Architecture(
      input: .init(channels: 1), stem: .init(kind: .deep, widths: [16, 16, 32], pool: true),
      stages: [.init(blocks: 1, width: 32, stride: 1)], block: .bottleneck, classes: 5),
    Architecture(
      input: .init(height: 32, width: 32), stem: .conv3x3(width: 8),
      stages: [.init(blocks: 1, width: 8, stride: 1), .init(blocks: 1, width: 16, stride: 2)], block: .basic,
      shortcut: .zeroPad, classes: 5),
  ]

  @Test(arguments: others)
  func whatIsNoPresetIsReadOffTheShapes(architecture: Architecture) throws {
    let reading = try #require(ArchitectureInference(shapes: shapes(architecture)).infer())
    #expect(reading.architecture == architecture)
    #expect(reading.basis.contains("no preset has these tensors"))
  }

  @Test func tensorsOfSomethingElseAreNotGuessed() throws {
    var shapes = try shapes(.preset(named: "resnet18"))
    shapes["layer2.0.extra.weight"] = [3]
    #expect(ArchitectureInference(shapes: shapes).infer()?.architecture == nil)
    #expect(ArchitectureInference(shapes: [:]).infer()?.architecture == nil)
    #expect(
      ArchitectureInference(shapes: ["conv1.weight": [0, 0, 7, 7], "fc.weight": [0, 0]]).infer()?.architecture
        == nil)
  }

  @Test func aFileWithoutAnArchitectureIsUnderstood() throws {
    let report = try importWeights(PyTorchFixtures.path("zip.pth"))
    #expect(report.notes.contains("architecture: a descriptor, as the tensors' names and shapes say"))
    #expect(report.model.descriptor.architecture.stages.count == 2)
  }
}
