import Messages
import ModelDescriptor
import TensorCore
import Testing

@testable import Importers

/// Backbones of segmentation networks are dilated as their owner does it, or asked about.
@Suite struct DilationEvidenceTests {
  private static let fcn = StateDictDraft([
    ("classifier.0.weight", [512, 2048, 3, 3]), ("classifier.1.weight", [512]), ("classifier.1.bias", [512]),
    ("classifier.1.running_mean", [512]), ("classifier.1.running_var", [512]),
    ("classifier.4.weight", [21, 512, 1, 1]), ("classifier.4.bias", [21]),
  ])
  private static let deepLab = StateDictDraft([
    ("classifier.0.convs.0.0.weight", [256, 2048, 1, 1]),
    ("classifier.0.convs.1.0.weight", [256, 2048, 3, 3]),
    ("classifier.0.project.0.weight", [256, 1280, 1, 1]), ("classifier.4.weight", [21, 256, 1, 1]),
    ("classifier.4.bias", [21]),
  ])

  private func backbone(_ preset: String = "resnet50") throws -> StateDictDraft {
    try StateDictDraft(preset).without { $0.hasPrefix("fc.") }.prefixed("backbone.")
  }

  @Test(arguments: [fcn, deepLab])
  func torchvisionsAreDilated(head: StateDictDraft) throws {
    let plan = try (backbone() + head).source().plan(options: ImportOptions())
    let net = plan.descriptor.architecture
    #expect(net.stages.map(\.stride) == [1, 2, 1, 1])
    #expect(net.stages.map(\.dilation) == [1, 1, 2, 4])
    #expect(net.head == .none && net.name == nil)
    #expect(
      plan.assumptions.contains { $0.assumption.what.contains("dilated by 2 and 4 in place of strides") })
    let plain = try (backbone() + head).source().plan(
      options: ImportOptions(settings: [.strides([1, 2, 2, 2]), .dilations([1, 1, 1, 1])]))
    #expect(plain.descriptor.architecture.stages.map(\.stride) == [1, 2, 2, 2])
  }

  @Test(arguments: [
    "decode_head.conv_seg.weight", "decoder.aspp.0.convs.0.0.weight", "aux_classifier.0.weight",
  ])
  func othersAreAskedAbout(name: String) throws {
    let head = StateDictDraft([(name, Shape([256, 2048, 1, 1]))])
    let error = try #require(throws: ImportError.self) {
      try (backbone() + head).source().plan(options: ImportOptions())
    }
    #expect(error.code == .architecture)
    #expect(error.message.contains("'\(name)' shows"))
    let options = ImportOptions(settings: [.strides([1, 2, 1, 1]), .dilations([1, 1, 2, 4])])
    let plan = try (backbone() + head).source().plan(options: options)
    #expect(plan.descriptor.architecture.stages.map(\.dilation) == [1, 1, 2, 4])
  }

  @Test func partsOfDetectionAreNone() throws {
    let head = StateDictDraft([("rpn.head.conv.0.0.weight", [256, 256, 3, 3])])
    let plan = try (backbone() + head).source().plan(options: ImportOptions())
    #expect(plan.descriptor.architecture.stages.map(\.stride) == [1, 2, 2, 2])
  }
}
