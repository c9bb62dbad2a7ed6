extension Architecture: Codable {
  /// Reads the JSON form of a descriptor and validates it. Fields with a usual value may be left out; a field
  /// that this version does not know is an error, since ignoring it would make another network.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  public init(json: [UInt8]) throws(DescriptorError) {
    self = try JSON.decode(Architecture.self, from: json)
    try validate()
  }

  /// The JSON form with every field, in alphabetical order.
  public func json(pretty: Bool = false) throws(DescriptorError) -> [UInt8] {
    try JSON.encode(self, pretty: pretty)
  }

  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder,
      known: [
        "name", "input", "stem", "stages", "block", "expansion", "groups", "width_per_group",
        "bottleneck_stride", "shortcut", "attention", "normalization", "dropout", "stochastic_depth", "head",
        "classes",
      ])
    self.init(
      name: try fields.optional("name"),
      input: try fields.optional("input") ?? Input(),
      stem: try fields.required("stem"),
      stages: try fields.required("stages"),
      block: try fields.word("block"),
      expansion: try fields.optional("expansion"),
      groups: try fields.optional("groups") ?? 1,
      widthPerGroup: try fields.optional("width_per_group") ?? 64,
      bottleneckStride: try fields.word("bottleneck_stride", default: BottleneckStride.conv2),
      shortcut: try fields.word("shortcut", default: Shortcut.projection),
      attention: try fields.optional("attention"),
      normalization: try fields.optional("normalization") ?? Normalization(),
      dropout: try fields.optional("dropout") ?? 0,
      stochasticDepth: try fields.optional("stochastic_depth") ?? 0,
      head: try fields.optional("head") ?? .linear,
      classes: try fields.required("classes"))
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
  }
}

extension Architecture.Input: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["channels", "height", "width"])
    self.init(
      channels: try fields.optional("channels") ?? 3,
      height: try fields.required("height"), width: try fields.required("width"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(channels, forKey: FieldName("channels"))
    try fields.encode(height, forKey: FieldName("height"))
    try fields.encode(width, forKey: FieldName("width"))
  }
}

extension Architecture.Stem: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["kind", "widths", "pool"])
    self.init(
      kind: try fields.word("kind"), widths: try fields.required("widths"), pool: try fields.required("pool"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(kind.rawValue, forKey: FieldName("kind"))
    try fields.encode(widths, forKey: FieldName("widths"))
    try fields.encode(pool, forKey: FieldName("pool"))
  }
}

extension Architecture.Stage: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["blocks", "width", "stride", "dilation"])
    self.init(
      blocks: try fields.required("blocks"), width: try fields.required("width"),
      stride: try fields.required("stride"), dilation: try fields.optional("dilation") ?? 1)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(blocks, forKey: FieldName("blocks"))
    try fields.encode(width, forKey: FieldName("width"))
    try fields.encode(stride, forKey: FieldName("stride"))
    try fields.encode(dilation, forKey: FieldName("dilation"))
  }
}

extension Architecture.Normalization: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["epsilon", "momentum"])
    self.init(
      epsilon: try fields.optional("epsilon") ?? 1e-5, momentum: try fields.optional("momentum") ?? 0.1)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(epsilon, forKey: FieldName("epsilon"))
    try fields.encode(momentum, forKey: FieldName("momentum"))
  }
}

extension Architecture.Attention: Codable {
  private enum Kind: String, CaseIterable {
    case se
    case eca
  }

  public init(from decoder: any Decoder) throws {
    let kind: Kind = try FieldReader(
      decoder, known: ["kind", "inner_channels", "bias", "kernels"]
    ).word("kind")
    switch kind {
    case .se:
      let fields = try FieldReader(decoder, known: ["kind", "inner_channels", "bias"])
      self = .squeezeExcitation(
        innerChannels: try fields.required("inner_channels"), bias: try fields.optional("bias") ?? true)
    case .eca:
      self = .efficient(kernels: try FieldReader(decoder, known: ["kind", "kernels"]).required("kernels"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    switch self {
    case .squeezeExcitation(let innerChannels, let bias):
      try fields.encode(Kind.se.rawValue, forKey: FieldName("kind"))
      try fields.encode(innerChannels, forKey: FieldName("inner_channels"))
      try fields.encode(bias, forKey: FieldName("bias"))
    case .efficient(let kernels):
      try fields.encode(Kind.eca.rawValue, forKey: FieldName("kind"))
      try fields.encode(kernels, forKey: FieldName("kernels"))
    }
  }
}

extension Architecture.Head: Codable {
  private enum Kind: String, CaseIterable {
    case linear
    case mlp
  }

  public init(from decoder: any Decoder) throws {
    let kind: Kind = try FieldReader(decoder, known: ["kind", "widths", "dropout"]).word("kind")
    switch kind {
    case .linear:
      _ = try FieldReader(decoder, known: ["kind"])
      self = .linear
    case .mlp:
      let fields = try FieldReader(decoder, known: ["kind", "widths", "dropout"])
      let widths: [Int] = try fields.required("widths")
      self = .multilayer(
        widths: widths,
        dropout: try fields.optional("dropout") ?? Array(repeating: 0, count: widths.count + 1))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    switch self {
    case .linear:
      try fields.encode(Kind.linear.rawValue, forKey: FieldName("kind"))
    case .multilayer(let widths, let dropout):
      try fields.encode(Kind.mlp.rawValue, forKey: FieldName("kind"))
      try fields.encode(widths, forKey: FieldName("widths"))
      try fields.encode(dropout, forKey: FieldName("dropout"))
    }
  }
}
