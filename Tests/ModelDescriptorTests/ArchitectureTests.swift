import ModelDescriptor
import Testing

@Suite struct ArchitectureTests {
  @Test func everyPresetSurvivesItsJSON() throws {
    for architecture in Architecture.presets {
      #expect(try Architecture(json: architecture.json()) == architecture)
    }
  }

  @Test func presetNamesAreUnique() {
    let names = Architecture.presets.compactMap(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func fieldsWithAUsualValueMayBeLeftOut() throws {
    let text = """
      {"stem": {"kind": "conv3x3", "widths": [8], "pool": false}, "block": "basic", "classes": 4,
       "stages": [{"blocks": 1, "width": 8, "stride": 1}]}
      """
    let architecture = try Architecture(json: Array(text.utf8))
    #expect(architecture.expansion == 1)
    #expect(architecture.shortcut == .projection)
    #expect(architecture.normalization.epsilon == 1e-5)
    #expect(architecture.stages[0].dilation == 1)
  }

  static let everyKnob = Architecture(
    name: "mine", input: .init(channels: 1, height: 64, width: 48),
    stem: .init(kind: .deep, widths: [16, 16, 32], pool: true),
    stages: [.init(blocks: 2, width: 32, stride: 1), .init(blocks: 1, width: 64, stride: 2, dilation: 2)],
    block: .preactivationBottleneck, expansion: 2, groups: 4, widthPerGroup: 32, bottleneckStride: .conv1,
    shortcut: .averagePoolProjection, attention: .squeezeExcitation(innerChannels: [8, 16], bias: false),
    normalization: .init(epsilon: 1e-3, momentum: 0.01), dropout: 0.2, stochasticDepth: 0.1,
    head: .multilayer(widths: [512], dropout: [0.3, 0.2]), classes: 3)

  @Test func everyKnobSurvivesItsJSON() throws {
    var architecture = Self.everyKnob
    #expect(try Architecture(json: architecture.json(pretty: true)) == architecture)
    architecture.attention = .efficient(kernels: [3, 5])
    #expect(try Architecture(json: architecture.json()) == architecture)
  }

  static let unsound: [(start: String, code: DescriptorError.Code, field: String)] = [
    (#"{"stages": [], "#, .outOfRange, "stages"),
    (#"{"stages": [{"blocks": 1, "width": 8, "stride": 0}], "#, .outOfRange, "stages[0].stride"),
    (#"{"stages": [{"blocks": 1, "width": 8, "stride": 1, "with": 1}], "#, .unknownField, "stages[0].with"),
    (#"{"stages": [{"blocks": 1, "width": "8", "stride": 1}], "#, .malformed, "stages[0].width"),
    (#"{"stages": [{"blocks": 1, "stride": 1}], "#, .missingField, "stages[0].width"),
    (
      #"{"stages": [{"blocks": 99999999999999999999, "width": 1, "stride": 1}], "#, .malformed,
      "stages[0].blocks"
    ),
    (
      #"{"stages": [{"blocks": 1, "width": 9223372036854775807, "stride": 1}], "#, .outOfRange,
      "stages[0].width"
    ),
    (
      #"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "expansion": 9223372036854775807, "#,
      .outOfRange,
      "expansion"
    ),
    (
      #"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "expansion": -9223372036854775808, "#,
      .outOfRange, "expansion"
    ),
    (#"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "groups": 2, "#, .contradiction, "groups"),
    (#"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "shortcut": "A", "#, .outOfRange, "shortcut"),
    (#"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "dropout": 1, "#, .outOfRange, "dropout"),
    (
      #"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "pretrained": true, "#, .unknownField,
      "pretrained"
    ),
    (
      #"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "attention": {"kind": "se", "inner_channels": [9]}, "#,
      .outOfRange, "attention.inner_channels[0]"
    ),
    (
      #"{"stages": [{"blocks": 1, "width": 8, "stride": 1}], "head": {"kind": "mlp", "widths": [4], "dropout": [0]}, "#,
      .contradiction, "head.dropout"
    ),
  ]

  /// A descriptor that begins so.
  static func text(_ start: String) -> String {
    start + #""stem": {"kind": "conv3x3", "widths": [8], "pool": false}, "block": "basic", "classes": 4}"#
  }

  @Test(arguments: unsound)
  func anUnsoundFieldIsNamed(start: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) {
      try Architecture(json: Array(Self.text(start).utf8))
    }
  }

  @Test(arguments: ["", "{", "[]", "null", "{}", "\u{0}", #"{"stages": {}}"#, "\"resnet50\""])
  func whatIsNoDescriptorIsRefused(text: String) {
    #expect(throws: DescriptorError.self) { try Architecture(json: Array(text.utf8)) }
  }

  @Test func aDocumentOfMillionsOfValuesIsRefusedBeforeItIsDecoded() throws {
    let net = try Architecture.preset(named: "resnet18").json()
    let commas = [UInt8](repeating: UInt8(ascii: ","), count: (1 << 21) + 1)
    let metadata = Array(#"{"a\\":["#.utf8) + commas + Array("]}".utf8)
    #expect(throws: DescriptorError(.malformed, field: "", "")) {
      try ModelDescriptor(architectureJSON: net, metadataJSON: metadata)
    }
    // Commas in a string are text.
    #expect(throws: DescriptorError(.missingField, field: "preprocessing", "")) {
      try ModelDescriptor(
        architectureJSON: net, metadataJSON: Array(#"{"a":"\""#.utf8) + commas + Array("\"}".utf8))
    }
  }

  @Test func anUnknownNameSuggestsCloseOnes() {
    #expect {
      try Architecture.preset(named: "resnet51")
    } throws: { error in
      let error = error as? DescriptorError
      return error?.code == .unknownName && error?.message.contains("resnet50") == true
    }
  }
}
