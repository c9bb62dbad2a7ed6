// The parts of an architecture as JSON, NETWORK §2.1.

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
    let fields = try FieldReader(decoder, known: ["kind", "widths", "pool", "pool_kind", "norm"])
    self.init(
      kind: try fields.word("kind"), widths: try fields.required("widths"), pool: try fields.required("pool"),
      poolKind: try fields.word("pool_kind", default: Pool.max),
      isNormalized: try fields.optional("norm") ?? false)
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(kind.rawValue, forKey: FieldName("kind"))
    try fields.encode(widths, forKey: FieldName("widths"))
    try fields.encode(pool, forKey: FieldName("pool"))
    try fields.encode(poolKind.rawValue, unless: Pool.max.rawValue, forKey: "pool_kind")
    try fields.encode(isNormalized, unless: false, forKey: "norm")
  }
}

extension Architecture.Stage: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder, known: ["blocks", "width", "stride", "dilation", "block", "expansion", "channels"])
    let block: Architecture.Block? =
      try fields.optional("block", as: String.self) == nil ? nil : fields.word("block")
    self.init(
      blocks: try fields.required("blocks"), width: try fields.required("width"),
      stride: try fields.required("stride"), dilation: try fields.optional("dilation") ?? 1,
      block: block, expansion: try fields.optional("expansion"), channels: try fields.optional("channels"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(blocks, forKey: FieldName("blocks"))
    try fields.encode(width, forKey: FieldName("width"))
    try fields.encode(stride, forKey: FieldName("stride"))
    try fields.encode(dilation, forKey: FieldName("dilation"))
    try fields.encodeIfPresent(block?.rawValue, forKey: FieldName("block"))
    try fields.encodeIfPresent(expansion, forKey: FieldName("expansion"))
    try fields.encodeIfPresent(channels, forKey: FieldName("channels"))
  }
}
