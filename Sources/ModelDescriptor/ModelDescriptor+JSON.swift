extension ModelDescriptor {
  /// Reads a descriptor from the two documents that a checkpoint carries, and validates it.
  ///
  /// An unknown field of the architecture is an error; an unknown top-level field of the metadata is ignored, since
  /// it cannot change what the network computes.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  public init(architectureJSON: [UInt8], metadataJSON: [UInt8]) throws(DescriptorError) {
    let architecture = try Architecture(json: architectureJSON)
    let metadata: Metadata
    do {
      metadata = try JSON.decode(Metadata.self, from: metadataJSON)
    } catch {
      throw error.inMetadata()
    }
    self.init(
      architecture: architecture, preprocessing: metadata.preprocessing, labels: metadata.labels,
      origin: metadata.origin, metrics: metadata.metrics ?? [:], sourceNames: metadata.sourceNames,
      assumptions: metadata.assumptions ?? [])
    untrained = metadata.untrained ?? []
    recipe = metadata.recipe ?? [:]
    notes = metadata.notes
    trace = metadata.trace
    calibration = metadata.calibration
    temperature = metadata.temperature
    unknownMetadata = metadata.unknown
    try validate()
  }

  /// The architecture as one line of JSON with the fields in alphabetical order.
  public func architectureJSON() throws(DescriptorError) -> [UInt8] {
    try architecture.json()
  }

  /// Everything else as one line of JSON with the fields in alphabetical order, those that this version does not know
  /// among them.
  public func metadataJSON() throws(DescriptorError) -> [UInt8] {
    try JSON.encode(
      Metadata(
        preprocessing: preprocessing, labels: labels, origin: origin,
        metrics: metrics.isEmpty ? nil : metrics, sourceNames: sourceNames,
        assumptions: assumptions.isEmpty ? nil : assumptions,
        untrained: untrained.isEmpty ? nil : untrained, recipe: recipe.isEmpty ? nil : recipe,
        notes: notes, trace: trace, calibration: calibration, temperature: temperature,
        unknown: unknownMetadata))
  }

  /// NETWORK §2.2.
  fileprivate struct Metadata: Encodable {
    var preprocessing: Preprocessing
    var labels: [String]?
    var origin: Origin
    var metrics: [String: Double]?
    var sourceNames: SourceNames?
    var assumptions: [Assumption]?
    var untrained: [String]?
    var recipe: [String: String]?
    var notes: String?
    var trace: GoldenTrace?
    var calibration: Calibration?
    var temperature: Temperature?
    /// Members that this version does not know.
    var unknown: [String: JSONValue] = [:]

    enum CodingKeys: String, CodingKey {
      case preprocessing, labels, origin, metrics, assumptions, untrained, recipe, notes, trace, calibration
      case temperature
      case sourceNames = "source_names"
    }

    func encode(to encoder: any Encoder) throws {
      var others = encoder.container(keyedBy: FieldName.self)
      for (name, value) in unknown { try others.encode(value, forKey: FieldName(name)) }
      var fields = encoder.container(keyedBy: CodingKeys.self)
      try fields.encode(preprocessing, forKey: .preprocessing)
      try fields.encodeIfPresent(labels, forKey: .labels)
      try fields.encode(origin, forKey: .origin)
      try fields.encodeIfPresent(metrics, forKey: .metrics)
      try fields.encodeIfPresent(sourceNames, forKey: .sourceNames)
      try fields.encodeIfPresent(assumptions, forKey: .assumptions)
      try fields.encodeIfPresent(untrained, forKey: .untrained)
      try fields.encodeIfPresent(recipe, forKey: .recipe)
      try fields.encodeIfPresent(notes, forKey: .notes)
      try fields.encodeIfPresent(trace, forKey: .trace)
      try fields.encodeIfPresent(calibration, forKey: .calibration)
      try fields.encodeIfPresent(temperature, forKey: .temperature)
    }
  }
}

extension ModelDescriptor.Metadata: Decodable {
  init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: CodingKeys.self)
    preprocessing = try fields.decode(Preprocessing.self, forKey: .preprocessing)
    labels = try fields.decodeIfPresent([String].self, forKey: .labels)
    origin = try fields.decode(Origin.self, forKey: .origin)
    metrics = try fields.decodeIfPresent([String: Double].self, forKey: .metrics)
    sourceNames = try fields.decodeIfPresent(SourceNames.self, forKey: .sourceNames)
    assumptions = try fields.decodeIfPresent([Assumption].self, forKey: .assumptions)
    untrained = try fields.decodeIfPresent([String].self, forKey: .untrained)
    recipe = try fields.decodeIfPresent([String: String].self, forKey: .recipe)
    notes = try fields.decodeIfPresent(String.self, forKey: .notes)
    trace = try fields.decodeIfPresent(GoldenTrace.self, forKey: .trace)
    calibration = try fields.decodeIfPresent(Calibration.self, forKey: .calibration)
    temperature = try fields.decodeIfPresent(Temperature.self, forKey: .temperature)
    let members = try decoder.container(keyedBy: FieldName.self)
    for key in members.allKeys where CodingKeys(stringValue: key.stringValue) == nil {
      unknown[key.stringValue] = try members.decode(JSONValue.self, forKey: key)
    }
  }
}
