extension ModelDescriptor {
  /// Reads a descriptor from the two documents that a checkpoint carries, and validates it.
  ///
  /// An unknown field of the architecture is an error; an unknown top-level field of the metadata is ignored, since
  /// it cannot change what the network computes.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  public init(architectureJSON: [UInt8], metadataJSON: [UInt8]) throws(DescriptorError) {
    let architecture = try Architecture(json: architectureJSON)
    let metadata = try JSON.decode(Metadata.self, from: metadataJSON)
    self.init(
      architecture: architecture, preprocessing: metadata.preprocessing, labels: metadata.labels,
      origin: metadata.origin, metrics: metadata.metrics ?? [:], sourceNames: metadata.sourceNames,
      assumptions: metadata.assumptions ?? [])
    try validate()
  }

  /// The architecture as one line of JSON with the fields in alphabetical order.
  public func architectureJSON() throws(DescriptorError) -> [UInt8] {
    try architecture.json()
  }

  /// Everything else as one line of JSON with the fields in alphabetical order.
  public func metadataJSON() throws(DescriptorError) -> [UInt8] {
    try JSON.encode(
      Metadata(
        preprocessing: preprocessing, labels: labels, origin: origin,
        metrics: metrics.isEmpty ? nil : metrics, sourceNames: sourceNames,
        assumptions: assumptions.isEmpty ? nil : assumptions))
  }

  private struct Metadata: Codable {
    var preprocessing: Preprocessing
    var labels: [String]?
    var origin: Origin
    var metrics: [String: Double]?
    var sourceNames: SourceNames?
    var assumptions: [Assumption]?

    enum CodingKeys: String, CodingKey {
      case preprocessing, labels, origin, metrics, assumptions
      case sourceNames = "source_names"
    }
  }
}
