import Messages
import ModelDescriptor
import TensorCore
import Testing

@testable import Importers

/// Networks whose names are of no convention are told by modules, shapes and the order of layers.
@Suite struct StructuralReadingTests {
  /// A manner of naming the parts of a network.
  struct Naming: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var stem: (convolution: String, norm: String)
    /// The path of a block, by its stage and place, both counted from zero, and its place among all blocks.
    var block: @Sendable (Int, Int, Int) -> String
    /// What stands for `conv1`, `bn1`, `downsample.0` and `downsample.1` in a block.
    var layers: @Sendable (String) -> String
    var head = "fc"

    func name(_ own: String, blocks: [Int]) -> String {
      let parts = own.split(separator: ".").map(String.init)
      let leaf = parts.last ?? ""
      switch parts[0] {
      case "conv1": return "\(stem.convolution).\(leaf)"
      case "bn1": return "\(stem.norm).\(leaf)"
      case "fc": return "\(head).\(leaf)"
      default:
        let stage = (Int(parts[0].dropFirst("layer".count)) ?? 1) - 1
        let index = Int(parts[1]) ?? 0
        let path = block(stage, index, blocks.prefix(stage).reduce(0, +) + index)
        return "\(path).\(layers(parts[2...].dropLast().joined(separator: "."))).\(leaf)"
      }
    }
  }

  private static func layers(
    _ convolution: String, _ norm: String, _ projection: String, _ projectionNorm: String
  ) -> @Sendable (String) -> String {
    { path in
      switch path {
      case "downsample.0": projection
      case "downsample.1": projectionNorm
      default:
        (path.hasPrefix("conv") ? convolution : norm).replacing("#", with: path.suffix(1))
          .replacing("@", with: "\((Int(path.suffix(1)) ?? 1) * 3 - 3)")
          .replacing("^", with: "\((Int(path.suffix(1)) ?? 1) * 3 - 2)")
      }
    }
  }

  static let namings = [
    Naming(
      testDescription: "residual functions", stem: ("conv1.0", "conv1.1"),
      block: { stage, index, _ in "conv\(stage + 2)_x.\(index)" },
      layers: layers("residual_function.@", "residual_function.^", "shortcut.0", "shortcut.1")),
    Naming(
      testDescription: "units of stages",
      stem: ("features.init_block.conv.conv", "features.init_block.conv.bn"),
      block: { stage, index, _ in "features.stage\(stage + 1).unit\(index + 1)" },
      layers: layers("body.conv#.conv", "body.conv#.bn", "identity_conv.conv", "identity_conv.bn"),
      head: "output"),
    Naming(
      testDescription: "a sequence", stem: ("features.0", "features.1"),
      block: { stage, index, _ in "features.\(stage + 3).\(index)" },
      layers: layers("conv#", "bn#", "downsample.0", "downsample.1")),
    Naming(
      testDescription: "one list of blocks", stem: ("conv_in", "norm_in"),
      block: { _, _, place in "blocks.\(place)" },
      layers: layers("conv#", "bn#", "skip.0", "skip.1"), head: "out"),
    Naming(
      testDescription: "norms within convolutions", stem: ("first", "first.norm"),
      block: { stage, index, _ in "part\(stage + 2).\(index)" },
      layers: layers("conv#", "conv#.norm", "shortcut", "shortcut.norm"), head: "linear"),
    Naming(
      testDescription: "underscores", stem: ("conv_1", "bn_1"),
      block: { stage, index, _ in "stage_\(stage).block_\(index)" },
      layers: layers("conv_#", "bn_#", "conv_skip", "bn_skip"), head: "fc_out"),
    Naming(
      testDescription: "another word for the shortcut", stem: ("conv1", "bn1"),
      block: { stage, index, _ in "layer\(stage + 1).\(index)" },
      layers: layers("conv#", "bn#", "identity_downsample.0", "identity_downsample.1")),
  ]

  private func draft(_ preset: String, _ naming: Naming) throws -> StateDictDraft {
    let net = try Architecture.preset(named: preset)
    return try StateDictDraft(preset).renaming { naming.name($0, blocks: net.stages.map(\.blocks)) }
  }

  @Test(arguments: namings, ["small_resnet18", "resnet50"])
  func aNetworkIsToldByItsStructure(naming: Naming, preset: String) throws {
    // Numbered modules of this sequence leave no place for a pool.
    if naming.testDescription == "a sequence", preset == "resnet50" { return }
    let own = try StateDictDraft(preset).tensors.map { String?.some($0.name) }
    let source = try draft(preset, naming)
    let plan = try source.source().plan(options: ImportOptions())
    #expect(plan.names == own)
    #expect(plan.descriptor.architecture.name == preset)
    #expect(
      plan.descriptor.assumptions.contains { $0.what.hasPrefix("the layers are those of a residual network") }
    )
    // Sorted by name, as in a safetensors file, the numbers alone tell the order.
    let sorted = StateDictDraft(
      source.tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) })
    let names = Dictionary(uniqueKeysWithValues: zip(source.tensors.map(\.name), own))
    #expect(
      try sorted.source().plan(options: ImportOptions()).names == sorted.tensors.map { names[$0.name] ?? nil }
    )
  }

  private func expectNothing(_ draft: StateDictDraft, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(throws: ImportError(.architecture, file: "", ""), sourceLocation: sourceLocation) {
      try draft.source().plan(options: ImportOptions())
    }
  }

  @Test func numberedModulesWithoutRoomForAnActivationAreAnotherNetwork() throws {
    let naming = Naming(
      testDescription: "", stem: ("conv1", "bn1"), block: { stage, index, _ in "layer\(stage + 1).\(index)" },
      layers: { path in
        switch path {
        case "conv1": "f.0"
        case "bn1": "f.1"
        case "conv2": "f.2"
        case "bn2": "f.3"
        default: path
        }
      })
    try expectNothing(draft("small_resnet18", naming))
  }

  @Test(arguments: ["-9223372036854775808", "9223372036854775807", "-1", "+1"])
  func numbersThatNoSequenceHasAreNames(number: String) throws {
    let tensors: [(name: String, shape: Shape)] = [
      ("b.\(number).weight", [4, 4, 3, 3]), ("b.1.weight", [4, 4, 3, 3]), ("b.3.weight", [4, 4, 3, 3]),
    ]
    let units = LayerUnit.all(tensors)
    #expect(units[0].gap(to: units[1]) == nil && units[1].gap(to: units[0]) == nil)
    #expect(units[1].gap(to: units[2]) == 1)
    let draft = try draft("small_resnet18", Self.namings[2])
    for stem in ["features.0.", "features.1."] {
      _ = try? draft.replacing(stem, with: "features.\(number).").source().plan(options: ImportOptions())
    }
  }

  @Test func aPoolThatNumbersRuleOutIsNotAssumed() throws {
    try expectNothing(draft("resnet50", Self.namings[2]))
  }

  @Test func ofLikeLayersWithoutNumbersTheOrderOfTheFileDecidesIfItIsOne() throws {
    let naming = Naming(
      testDescription: "", stem: ("conv1", "bn1"), block: { stage, index, _ in "layer\(stage + 1).\(index)" },
      layers: { path in
        switch path {
        case "conv1": "zeta"
        case "bn1": "znorm"
        case "conv2": "alpha"
        case "bn2": "anorm"
        default: path
        }
      })
    let draft = try draft("small_resnet18", naming)
    let own = try StateDictDraft("small_resnet18").tensors.map { String?.some($0.name) }
    let plan = try draft.source().plan(options: ImportOptions())
    #expect(plan.names == own)
    #expect(
      plan.descriptor.assumptions.contains { $0.evidence.contains("the order in which the file holds them") })
    expectNothing(
      StateDictDraft(draft.tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }))
  }

  @Test(arguments: namings)
  func aMissingBlockIsSeenByTheNumbers(naming: Naming) throws {
    let blocks = try Architecture.preset(named: "small_resnet18").stages.map { _ in 4 }
    var net = try Architecture.preset(named: "small_resnet18")
    for stage in net.stages.indices { net.stages[stage].blocks = blocks[stage] }
    for missing in ["layer1.0.", "layer1.2.", "layer2.1.", "layer3.2."] {
      let draft = try StateDictDraft(net).without { $0.hasPrefix(missing) }
      expectNothing(draft.renaming { naming.name($0, blocks: blocks) })
    }
  }

  @Test func networksOfOtherFamiliesAreNotTaken() throws {
    // Widths of a RegNet: bottlenecks that are as wide inside as outside.
    var net = try Architecture.preset(named: "resnet50", classes: 10)
    net.expansion = 1
    net.stem = .conv3x3(width: 32)
    let naming = Self.namings[1]
    expectNothing(
      try StateDictDraft(net).renaming { naming.name($0, blocks: net.stages.map(\.blocks)) })
  }
}
