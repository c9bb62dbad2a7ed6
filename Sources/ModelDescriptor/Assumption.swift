/// Something that the weights of a network do not tell, and that was therefore assumed when they were imported.
public struct Assumption: Hashable, Sendable {
  /// The assumption, for example `bottlenecks stride in their 3×3 convolution`.
  public var what: String
  /// The evidence for it.
  public var evidence: String

  /// An assumption and its evidence.
  public init(_ what: String, evidence: String) {
    self.what = what
    self.evidence = evidence
  }
}

extension Assumption: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["what", "evidence"])
    self.init(try fields.required("what"), evidence: try fields.required("evidence"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(what, forKey: FieldName("what"))
    try fields.encode(evidence, forKey: FieldName("evidence"))
  }
}
