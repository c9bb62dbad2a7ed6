import ModelDescriptor
import Testing

/// Values for properties that weights do not show.
@Suite struct SettingTests {
  static let settings: [(text: String, setting: Architecture.Setting)] = [
    ("antialias=blur", .antialias(.blur)), ("answer=several", .answer(.several)),
    ("basic_stride=conv2", .basicStride(.conv2)), ("bottleneck_stride=conv1", .bottleneckStride(.conv1)),
    ("dilations=1,1,2,4", .dilations([1, 1, 2, 4])), ("epsilon=0.001", .epsilon(0.001)),
    ("global_pool=max", .globalPool(.max)), ("normalization=batch", .normalization(.batch)),
    ("normalization=group:16", .normalization(.group(groups: 16))),
    ("normalization=group", .normalization(.group(groups: 32))),
    ("normalization=instance", .normalization(.instance(affine: true))),
    ("normalization=instance:plain", .normalization(.instance(affine: false))),
    ("head=none", .noHead), ("shortcut=none", .shortcut(.none)), ("shortcut_input=raw", .shortcutInput(.raw)),
    ("stem_pool=none", .stemPool(nil)), ("stem_pool=max", .stemPool(.max)),
    ("stride_position=last", .stridePosition(.last)), ("strides=2,2,2,1", .strides([2, 2, 2, 1])),
    ("weight_standardization=none", .weightStandardization(nil)),
    ("weight_standardization=1e-6", .weightStandardization(1e-6)),
  ]

  @Test(arguments: settings)
  func aTextIsReadAndTakenOver(text: String, setting: Architecture.Setting) throws {
    #expect(try Architecture.Setting(text) == setting)
    var net = try Architecture.preset(named: "resnet50")
    try net.apply(setting)
    let before = try Architecture.preset(named: "resnet50")
    #expect((net.name == nil) == (net != before))
  }

  @Test func everyPropertyHasATestAndAUsage() {
    let named = Set(Self.settings.map { String($0.text.prefix { $0 != "=" }) })
    #expect(named == Set(Architecture.Setting.usages.map { String($0.prefix { $0 != "=" }) }))
  }

  @Test(arguments: [
    ("", DescriptorError.Code.malformed, ""), ("strides", .malformed, "strides"),
    ("width=3", .unknownField, "width"), ("strides=", .outOfRange, "strides"),
    ("strides=1,,2", .outOfRange, "strides"), ("strides=99999999999999999999", .outOfRange, "strides"),
    ("epsilon=nan", .outOfRange, "epsilon"), ("antialias=", .outOfRange, "antialias"),
    ("head=linear", .outOfRange, "head"),
    ("normalization=group:", .outOfRange, "normalization"),
    ("normalization=group:4:4", .outOfRange, "normalization"),
    ("normalization=layer", .outOfRange, "normalization"),
  ])
  func aTextThatSaysNothingIsRefused(text: String, code: DescriptorError.Code, field: String) {
    #expect(throws: DescriptorError(code, field: field, "")) { try Architecture.Setting(text) }
  }

  @Test func thereIsANumberForEachStage() throws {
    var net = try Architecture.preset(named: "resnet50")
    #expect(throws: DescriptorError(.contradiction, field: "strides", "")) {
      try net.apply(.strides([1, 2]))
    }
    #expect(net.name == "resnet50")
  }
}
