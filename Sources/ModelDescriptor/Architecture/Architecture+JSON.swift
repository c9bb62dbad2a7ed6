extension Architecture: Codable {
  /// Reads the JSON form of a descriptor and validates it. Fields with a usual value may be left out; a field
  /// that this version does not know is an error, since ignoring it would make another network.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  public init(json: [UInt8]) throws(DescriptorError) {
    self = try JSON.decode(Architecture.self, from: json)
    try validate()
  }

  /// The JSON form, its fields in alphabetical order. Fields that the first descriptors did not have are written only
  /// where they differ from their default, so that a descriptor keeps its bytes.
  public func json(pretty: Bool = false) throws(DescriptorError) -> [UInt8] {
    try JSON.encode(self, pretty: pretty)
  }

  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder,
      known: [
        "name", "input", "stem", "stages", "block", "expansion", "first_reduction", "groups",
        "width_per_group",
        "bottleneck_stride", "basic_stride", "shortcut", "shortcut_input", "shortcut_kernel",
        "stride_position", "antialias", "attention",
        "normalization", "convolution_bias", "weight_standardization", "dropout", "stochastic_depth",
        "block_dropout", "global_pool", "head", "classes", "answer", "quantization",
      ])
    self.init(
      name: try fields.optional("name"),
      input: try fields.optional("input") ?? Input(),
      stem: try fields.required("stem"),
      stages: try fields.required("stages"),
      block: try fields.word("block"),
      expansion: try fields.optional("expansion"),
      firstReduction: try fields.optional("first_reduction") ?? 1,
      groups: try fields.optional("groups") ?? 1,
      widthPerGroup: try fields.optional("width_per_group") ?? 64,
      bottleneckStride: try fields.word("bottleneck_stride", default: BottleneckStride.conv2),
      basicStride: try fields.word("basic_stride", default: BasicStride.conv1),
      shortcut: try fields.word("shortcut", default: Shortcut.projection),
      shortcutInput: try fields.word("shortcut_input", default: ShortcutInput.activated),
      shortcutKernel: try fields.optional("shortcut_kernel") ?? 1,
      stridePosition: try fields.word("stride_position", default: StridePosition.first),
      antialias: try fields.word("antialias", default: Antialias.none),
      attention: try fields.optional("attention"),
      normalization: try fields.optional("normalization") ?? Normalization(),
      convolutionBias: try fields.word("convolution_bias", default: ConvolutionBias.none),
      weightStandardization: try fields.optional("weight_standardization"),
      dropout: try fields.optional("dropout") ?? 0,
      stochasticDepth: try fields.optional("stochastic_depth") ?? 0,
      blockDropout: try fields.optional("block_dropout") ?? 0,
      globalPool: try fields.word("global_pool", default: GlobalPool.average),
      head: try fields.optional("head") ?? .linear,
      classes: try fields.required("classes"),
      answer: try fields.word("answer", default: Answer.one),
      quantization: try fields.optional("quantization"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encodeIfPresent(name, forKey: FieldName("name"))
    try fields.encode(input, forKey: FieldName("input"))
    try fields.encode(stem, forKey: FieldName("stem"))
    try fields.encode(stages, forKey: FieldName("stages"))
    try fields.encode(block.rawValue, forKey: FieldName("block"))
    try fields.encode(expansion, forKey: FieldName("expansion"))
    try fields.encode(groups, forKey: FieldName("groups"))
    try fields.encode(widthPerGroup, forKey: FieldName("width_per_group"))
    try fields.encode(bottleneckStride.rawValue, forKey: FieldName("bottleneck_stride"))
    try fields.encode(shortcut.rawValue, forKey: FieldName("shortcut"))
    try fields.encodeIfPresent(attention, forKey: FieldName("attention"))
    try fields.encode(normalization, forKey: FieldName("normalization"))
    try fields.encode(dropout, forKey: FieldName("dropout"))
    try fields.encode(stochasticDepth, forKey: FieldName("stochastic_depth"))
    try fields.encode(head, forKey: FieldName("head"))
    try fields.encode(classes, forKey: FieldName("classes"))
    try fields.encode(firstReduction, unless: 1, forKey: "first_reduction")
    try fields.encode(basicStride.rawValue, unless: BasicStride.conv1.rawValue, forKey: "basic_stride")
    try fields.encode(
      shortcutInput.rawValue, unless: ShortcutInput.activated.rawValue, forKey: "shortcut_input")
    try fields.encode(shortcutKernel, unless: 1, forKey: "shortcut_kernel")
    try fields.encode(
      stridePosition.rawValue, unless: StridePosition.first.rawValue, forKey: "stride_position")
    try fields.encode(antialias.rawValue, unless: Antialias.none.rawValue, forKey: "antialias")
    try fields.encode(
      convolutionBias.rawValue, unless: ConvolutionBias.none.rawValue, forKey: "convolution_bias")
    try fields.encodeIfPresent(weightStandardization, forKey: FieldName("weight_standardization"))
    try fields.encode(blockDropout, unless: 0, forKey: "block_dropout")
    try fields.encode(globalPool.rawValue, unless: GlobalPool.average.rawValue, forKey: "global_pool")
    try fields.encode(answer.rawValue, unless: Answer.one.rawValue, forKey: "answer")
    try fields.encodeIfPresent(quantization, forKey: FieldName("quantization"))
  }
}

extension KeyedEncodingContainer<FieldName> {
  /// Writes a field that may be left out where it has its default.
  mutating func encode<Value: Encodable & Equatable>(
    _ value: Value, unless usual: Value, forKey name: String
  ) throws {
    if value != usual { try encode(value, forKey: FieldName(name)) }
  }
}
