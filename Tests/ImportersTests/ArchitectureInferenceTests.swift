import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore
import TestSupport
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
      #expect(reading.assumptions.contains { $0.evidence.contains(name) }, "\(reading)")
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

  /// One network of every form that tensors show.
  private static func net(
    _ block: Architecture.Block, widths: [Int] = [32, 64], stem: Architecture.Stem = .conv7x7,
    _ change: (inout Architecture) -> Void
  ) -> Architecture {
    var net = Architecture(
      stem: stem,
      stages: widths.enumerated().map { .init(blocks: 2, width: $1, stride: $0 == 0 ? 1 : 2) }, block: block,
      classes: 5)
    change(&net)
    return net
  }

  static let variants: [(String, Architecture)] = [
    ("pre-activation", net(.preactivationBottleneck) { _ in }),
    ("group norm", net(.bottleneck) { $0.normalization.kind = .group(groups: 32) }),
    (
      "instance norm of channels that 32 does not divide",
      net(.basic, widths: [40, 80]) { $0.normalization.kind = .instance(affine: true) }
    ),
    ("plain instance norm", net(.basic) { $0.normalization.kind = .instance(affine: false) }),
    (
      "no head",
      net(.basic) {
        $0.head = .none
        $0.classes = 64
      }
    ),
    (
      "squeeze-and-excitation",
      net(.bottleneck) { $0.attention = .squeezeExcitation(innerChannels: [3, 9], bias: true) }
    ),
    (
      "squeeze-and-excitation of linear layers",
      net(.basic) {
        $0.attention = .squeezeExcitation(innerChannels: [1, 2], bias: false, layers: .linear)
      }
    ),
    ("ECA", net(.basic) { $0.attention = .efficient(kernels: [3, 7]) }),
    (
      "ResNet-D",
      net(.bottleneck, stem: .init(kind: .deep, widths: [5, 6, 7], pool: true)) {
        $0.shortcut = .averagePoolProjection
      }
    ),
    ("expansion 3", net(.bottleneck) { $0.expansion = 3 }),
    (
      "groups and expansion 2",
      net(.bottleneck) {
        $0.expansion = 2
        $0.groups = 16
        $0.widthPerGroup = 4
      }
    ),
    ("a head of three layers", net(.basic) { $0.head = .multilayer(widths: [7, 6], dropout: [0, 0, 0]) }),
    ("nine channels", net(.basic) { $0.input.channels = 9 }),
    ("six stages", net(.basic, widths: [8, 8, 16, 16, 32, 32]) { _ in }),
    (
      "a wide network",
      net(.preactivationBasic, widths: [48, 96], stem: .conv3x3(width: 16)) {
        $0.input = .init(height: 32, width: 32)
      }
    ),
    (
      "widths of their own",
      net(.bottleneck) {
        $0.stages[0].channels = [[5, 6, 128], [7, 8, 128]]
        $0.stages[1].channels = [[9, 10, 256], [11, 12, 256]]
      }
    ),
    ("block types by stage", net(.basic) { $0.stages[1].block = .bottleneck }),
    (
      "a convolution for a pool",
      net(.basic) { $0.stem.poolKind = .convolution }
    ),
    (
      "a reduced first convolution and wide shortcuts",
      net(.bottleneck) {
        $0.firstReduction = 2
        $0.shortcutKernel = 3
      }
    ),
    ("biases", net(.basic) { $0.convolutionBias = .all }),
    ("projections everywhere", net(.basic) { $0.shortcut = .projectionAlways }),
    ("means and maxima", net(.basic) { $0.globalPool = .concatenated }),
  ]

  @Test(arguments: variants)
  func everyFormIsReadOffTheShapes(form: String, architecture: Architecture) throws {
    let reading = try #require(ArchitectureInference(shapes: shapes(architecture)).infer())
    // Widths can be counted in several ways; the nodes are the same.
    #expect(try Graph(reading.architecture).nodes == Graph(architecture).nodes)
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
    let report = try importWeights(WeightFixtures.path("pytorch/zip.pth"))
    #expect(report.notes.contains("architecture: a descriptor, as the tensors' names and shapes say"))
    #expect(report.model.descriptor.architecture.stages.count == 2)
  }
}
