// The kinds of layers of an architecture as JSON, NETWORK §2.1.

extension Architecture.Normalization: Codable {
  private enum Word: String, CaseIterable {
    case batch
    case group
    case instance
  }

  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["kind", "groups", "affine", "epsilon", "momentum"])
    let word: Word = try fields.word("kind", default: Word.batch)
    let kind: Kind
    switch word {
    case .batch:
      _ = try FieldReader(decoder, known: ["kind", "epsilon", "momentum"])
      kind = .batch
    case .group:
      _ = try FieldReader(decoder, known: ["kind", "groups", "epsilon", "momentum"])
      kind = .group(groups: try fields.optional("groups") ?? 32)
    case .instance:
      _ = try FieldReader(decoder, known: ["kind", "affine", "epsilon", "momentum"])
      kind = .instance(affine: try fields.optional("affine") ?? true)
    }
    self.init(
      kind: kind, epsilon: try fields.optional("epsilon") ?? 1e-5,
      momentum: try fields.optional("momentum") ?? 0.1)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(epsilon, forKey: FieldName("epsilon"))
    try fields.encode(momentum, forKey: FieldName("momentum"))
    switch kind {
    case .batch: break
    case .group(let groups):
      try fields.encode(Word.group.rawValue, forKey: FieldName("kind"))
      try fields.encode(groups, forKey: FieldName("groups"))
    case .instance(let affine):
      try fields.encode(Word.instance.rawValue, forKey: FieldName("kind"))
      try fields.encode(affine, unless: true, forKey: "affine")
    }
  }
}

extension Architecture.Attention: Codable {
  private enum Kind: String, CaseIterable {
    case se
    case eca
  }

  public init(from decoder: any Decoder) throws {
    let kind: Kind = try FieldReader(
      decoder, known: ["kind", "inner_channels", "bias", "layers", "kernels"]
    ).word("kind")
    switch kind {
    case .se:
      let fields = try FieldReader(decoder, known: ["kind", "inner_channels", "bias", "layers"])
      self = .squeezeExcitation(
        innerChannels: try fields.required("inner_channels"), bias: try fields.optional("bias") ?? true,
        layers: try fields.word("layers", default: Architecture.SqueezeLayers.convolution))
    case .eca:
      self = .efficient(kernels: try FieldReader(decoder, known: ["kind", "kernels"]).required("kernels"))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    switch self {
    case .squeezeExcitation(let innerChannels, let bias, let layers):
      try fields.encode(Kind.se.rawValue, forKey: FieldName("kind"))
      try fields.encode(innerChannels, forKey: FieldName("inner_channels"))
      try fields.encode(bias, forKey: FieldName("bias"))
      try fields.encode(
        layers.rawValue, unless: Architecture.SqueezeLayers.convolution.rawValue, forKey: "layers")
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
    case none
  }

  public init(from decoder: any Decoder) throws {
    let kind: Kind = try FieldReader(decoder, known: ["kind", "widths", "dropout"]).word("kind")
    switch kind {
    case .linear:
      _ = try FieldReader(decoder, known: ["kind"])
      self = .linear
    case .none:
      _ = try FieldReader(decoder, known: ["kind"])
      self = .none
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
    case .none:
      try fields.encode(Kind.none.rawValue, forKey: FieldName("kind"))
    case .multilayer(let widths, let dropout):
      try fields.encode(Kind.mlp.rawValue, forKey: FieldName("kind"))
      try fields.encode(widths, forKey: FieldName("widths"))
      try fields.encode(dropout, forKey: FieldName("dropout"))
    }
  }
}
