import ModelDescriptor
import Testing

/// The fields of the family's variants: their JSON, and an error that names the one at fault.
@Suite struct VariantFieldTests {
  private static let start = """
    {"stem": {"kind": "conv3x3", "widths": [8], "pool": false}, "block": "bottleneck", "classes": 4,
    """
  private static let stages = #""stages": [{"blocks": 2, "width": 8, "stride": 1}]"#

  static let everyKnob = Architecture(
    stem: .init(kind: .deep, widths: [16, 16, 32], pool: true, poolKind: .convolution),
    stages: [
      .init(blocks: 1, width: 32, stride: 1, block: .basic),
      .init(blocks: 1, width: 32, stride: 2, expansion: 2, channels: [[8, 4, 12]]),
    ],
    block: .bottleneck, firstReduction: 2, shortcutKernel: 3, stridePosition: .last, antialias: .blur,
    attention: .squeezeExcitation(innerChannels: [8, 8], bias: false, layers: .linear),
    normalization: .init(kind: .group(groups: 4), epsilon: 1e-3), convolutionBias: .unnormalized,
    weightStandardization: 1e-8, blockDropout: 0.3, globalPool: .concatenated, classes: 3)

  static let laterKnobs = Architecture(
    stem: .conv3x3(width: 4), stages: [.init(blocks: 1, width: 8, stride: 2)], block: .preactivationBasic,
    basicStride: .conv2, shortcutInput: .raw, normalization: .init(kind: .instance(affine: false)),
    globalPool: .concatenated, head: .none, classes: 16)

  static let answers = [
    Architecture(
      stem: .conv3x3(width: 4), stages: [.init(blocks: 1, width: 8, stride: 2)], block: .basic,
      normalization: .init(kind: .instance(affine: true)), classes: 3, answer: .several),
    Architecture(
      stem: .conv3x3(width: 4), stages: [.init(blocks: 1, width: 8, stride: 2)], block: .basic, classes: 1,
      answer: .binary),
  ]

  static let stemKnobs = Architecture(
    stem: .init(kind: .conv7x7, widths: [8], pool: true, poolKind: .maxPartial, isNormalized: true),
    stages: [.init(blocks: 1, width: 8, stride: 1)], block: .preactivationBasic, classes: 3)

  @Test func `a partial pool has no filter, and a norm of the stem is for pre-activated blocks`() throws {
    try Self.stemKnobs.validate()
    var filtered = Self.stemKnobs
    filtered.antialias = .blur
    var basic = Self.stemKnobs
    basic.block = .basic
    for (net, field) in [(filtered, "stem.pool_kind"), (basic, "stem.norm")] {
      let error = #expect(throws: DescriptorError.self) { try net.validate() }
      #expect(error?.code == .contradiction && error?.field == field)
    }
  }

  @Test(arguments: [everyKnob, laterKnobs, stemKnobs] + answers)
  func everyKnobSurvivesItsJSON(net: Architecture) throws {
    #expect(try Architecture(json: net.json()) == net)
  }

  @Test func aDescriptorWithoutThemKeepsItsBytes() throws {
    let text = String(decoding: try Architecture.preset(named: "cifar_resnet20").json(), as: UTF8.self)
    #expect(
      text
        == #"{"block":"basic","bottleneck_stride":"conv2","classes":10,"dropout":0,"expansion":1,"groups":1,"#
        + #""head":{"kind":"linear"},"input":{"channels":3,"height":32,"width":32},"name":"cifar_resnet20","#
        + #""normalization":{"epsilon":1e-05,"momentum":0.1},"shortcut":"zero_pad","stages":["#
        + #"{"blocks":3,"dilation":1,"stride":1,"width":16},{"blocks":3,"dilation":1,"stride":2,"width":32},"#
        + #"{"blocks":3,"dilation":1,"stride":2,"width":64}],"stem":{"kind":"conv3x3","pool":false,"#
        + #""widths":[16]},"stochastic_depth":0,"width_per_group":64}"#)
  }

  static let unsound: [(fields: String, code: DescriptorError.Code, field: String)] = [
    (#""first_reduction": 0"#, .outOfRange, "first_reduction"),
    (#""first_reduction": 9"#, .contradiction, "first_reduction"),
    (#""shortcut_kernel": 2"#, .outOfRange, "shortcut_kernel"),
    (#""shortcut_kernel": 65"#, .outOfRange, "shortcut_kernel"),
    (#""shortcut_kernel": 3, "shortcut": "zero_pad""#, .contradiction, "shortcut_kernel"),
    (#""stride_position": "middle""#, .outOfRange, "stride_position"),
    (#""antialias": "blurr""#, .outOfRange, "antialias"),
    (#""antialias": "blur", "bottleneck_stride": "conv1""#, .contradiction, "antialias"),
    (#""convolution_bias": true"#, .malformed, "convolution_bias"),
    (#""convolution_bias": "some""#, .outOfRange, "convolution_bias"),
    (#""weight_standardization": -1"#, .outOfRange, "weight_standardization"),
    (#""block_dropout": 1"#, .outOfRange, "block_dropout"),
    (#""global_pool": "average""#, .outOfRange, "global_pool"),
    (#""basic_stride": "conv2""#, .contradiction, "basic_stride"),
    (#""basic_stride": "conv3""#, .outOfRange, "basic_stride"),
    (#""shortcut_input": "raw""#, .contradiction, "shortcut_input"),
    (#""shortcut_input": "norm""#, .outOfRange, "shortcut_input"),
    (#""head": {"kind": "none"}"#, .contradiction, "classes"),
    (#""head": {"kind": "none", "widths": [4]}"#, .unknownField, "head.widths"),
    (#""answer": "two""#, .outOfRange, "answer"),
    (#""answer": "binary""#, .contradiction, "answer"),
    (#""normalization": {"kind": "instance", "groups": 4}"#, .unknownField, "normalization.groups"),
    (#""normalization": {"kind": "group", "affine": true}"#, .unknownField, "normalization.affine"),
    (#""global_pools": "max""#, .unknownField, "global_pools"),
    (#""normalization": {"kind": "layer"}"#, .outOfRange, "normalization.kind"),
    (#""normalization": {"groups": 4}"#, .unknownField, "normalization.groups"),
    (#""normalization": {"kind": "group", "groups": 0}"#, .outOfRange, "normalization.groups"),
    (
      #""attention": {"kind": "se", "inner_channels": [33]}"#, .outOfRange, "attention.inner_channels[0]"
    ),
    (#""attention": {"kind": "se", "inner_channels": [4, 4]}"#, .contradiction, "attention.inner_channels"),
    (#""attention": {"kind": "se"}"#, .missingField, "attention.inner_channels"),
    (
      #""attention": {"kind": "se", "inner_channels": [4], "layers": "dense"}"#, .outOfRange,
      "attention.layers"
    ),
    (#""attention": {"kind": "eca", "kernels": [4]}"#, .outOfRange, "attention.kernels[0]"),
  ]

  /// A descriptor that has these fields too.
  static func text(_ fields: String) -> String {
    start + stages + ", " + fields + "}"
  }

  @Test(arguments: unsound)
  func anUnsoundFieldIsNamed(fields: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) {
      try Architecture(json: Array(Self.text(fields).utf8))
    }
  }

  static let unsoundInAStage: [(fields: String, code: DescriptorError.Code, field: String)] = [
    (#""block": "conv""#, .outOfRange, "stages[0].block"),
    (#""block": 3"#, .malformed, "stages[0].block"),
    (#""expansion": 0"#, .outOfRange, "stages[0].expansion"),
    (#""expansion": 9223372036854775807"#, .outOfRange, "stages[0].expansion"),
    (#""channels": [[1, 2, 3]]"#, .contradiction, "stages[0].channels"),
    (#""channels": [[1, 2, 3], [1, 2]]"#, .contradiction, "stages[0].channels[1]"),
    (#""channels": [[1, 2, 3], [1, 0, 3]]"#, .outOfRange, "stages[0].channels[1][1]"),
    (#""channels": []"#, .contradiction, "stages[0].channels"),
  ]

  /// A descriptor whose stage has these fields too.
  static func text(stage fields: String) -> String {
    start + #""stages": [{"blocks": 2, "width": 8, "stride": 1, \#(fields)}]}"#
  }

  @Test(arguments: unsoundInAStage)
  func anUnsoundFieldOfAStageIsNamed(fields: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) {
      try Architecture(json: Array(Self.text(stage: fields).utf8))
    }
  }

  static let unsoundInTheStem: [(fields: String, code: DescriptorError.Code, field: String)] = [
    (#""pool": false, "pool_kind": "convolution""#, .contradiction, "stem.pool_kind"),
    (#""pool": true, "pool_kind": "min""#, .outOfRange, "stem.pool_kind"),
    (#""pool": true, "poolkind": "max""#, .unknownField, "stem.poolkind"),
  ]

  /// A descriptor whose stem has these fields too.
  static func text(stem fields: String) -> String {
    #"{"stem": {"kind": "conv3x3", "widths": [8], \#(fields)}, "block": "basic", "classes": 4, "#
      + stages + "}"
  }

  @Test(arguments: unsoundInTheStem)
  func anUnsoundFieldOfTheStemIsNamed(fields: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) {
      try Architecture(json: Array(Self.text(stem: fields).utf8))
    }
  }
}
