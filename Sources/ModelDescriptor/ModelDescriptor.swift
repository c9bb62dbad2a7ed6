/// All that a checkpoint says beside the weights.
public struct ModelDescriptor: Hashable, Sendable {
  /// The network.
  public var architecture: Architecture
  /// The preprocessing of images before the network.
  public var preprocessing: Preprocessing
  /// The classes' names in the order of the logits, or nil when nobody gave any.
  public var labels: [String]?
  /// Where the weights come from.
  public var origin: Origin
  /// Published or measured metrics by name, for example `acc@1`.
  public var metrics: [String: Double]
  /// The names that the weights' source gave them; nil when it used the graph's names, or when there was none.
  public var sourceNames: SourceNames?
  /// Assumptions of the import about things that the weights do not tell.
  public var assumptions: [Assumption]
  /// Paths of parts whose weights are random while those of the others are trained, for example `fc` for a new head.
  public var untrained: [String] = []
  /// The training of the weights, in words of the trainer's own, for example `optimizer`: `sgd`.
  public var recipe: [String: String] = [:]
  /// Text for people.
  public var notes: String?
  /// The network's answer to an input that a seed gives.
  public var trace: GoldenTrace?
  /// The way in which the maps of a quantized network were found.
  public var calibration: Calibration?
  /// The number that logits are divided by before they become probabilities; nil for 1.
  public var temperature: Temperature?
  /// Metadata that this version does not know, kept as it is.
  package var unknownMetadata: [String: JSONValue] = [:]

  /// A descriptor from its parts; ``validate()`` checks them.
  public init(
    architecture: Architecture, preprocessing: Preprocessing, labels: [String]? = nil, origin: Origin,
    metrics: [String: Double] = [:], sourceNames: SourceNames? = nil, assumptions: [Assumption] = []
  ) {
    self.architecture = architecture
    self.preprocessing = preprocessing
    self.labels = labels
    self.origin = origin
    self.metrics = metrics
    self.sourceNames = sourceNames
    self.assumptions = assumptions
  }

  /// True if the weights, or those of some part, are random, and so are the network's answers.
  public var hasRandomAnswers: Bool { origin.kind == .untrained || !untrained.isEmpty }

  /// Bytes of the longest label.
  private static let labelLimit = 1024

  /// Checks every part, and that there is a label for each class and an input for each channel.
  ///
  /// - Throws: ``DescriptorError`` that names the first offending field.
  public func validate() throws(DescriptorError) {
    try architecture.validate()
    do { try validateMetadata() } catch { throw error.inMetadata() }
  }

  /// Checks the metadata against an architecture that is sound.
  private func validateMetadata() throws(DescriptorError) {
    do { try preprocessing.validate() } catch { throw error.within("preprocessing") }
    guard preprocessing.inputSize[0] == architecture.input.channels else {
      throw DescriptorError(
        .contradiction, field: "preprocessing.input_size",
        "\(preprocessing.inputSize[0]) channels for a network of \(architecture.input.channels)")
    }
    if let labels {
      guard architecture.head != .none else {
        throw DescriptorError(
          .contradiction, field: "labels", "\(labels.count) labels for a network without a head")
      }
      guard labels.count == architecture.classes else {
        throw DescriptorError(
          .contradiction, field: "labels", "\(labels.count) labels for \(architecture.classes) classes")
      }
      for (index, label) in labels.enumerated() where !(1...Self.labelLimit).contains(label.utf8.count) {
        let size = label.isEmpty ? "is empty" : "has \(label.utf8.count) bytes"
        throw DescriptorError(
          .outOfRange, field: "labels[\(index)]",
          "\(size); name each class in 1 to \(Self.labelLimit) bytes")
      }
    }
    for (name, value) in metrics where !value.isFinite {
      throw DescriptorError(.outOfRange, field: "metrics.\(name)", "\(value) is not finite")
    }
    try trace?.validate(for: architecture)
    do { try calibration?.validate() } catch { throw error.within("calibration") }
    try temperature?.validate(for: architecture)
  }
}

/// Where weights come from.
public struct Origin: Hashable, Sendable {
  /// The origin of the weights.
  public enum Kind: String, Hashable, Sendable, CaseIterable {
    /// Random weights: nothing was learned yet.
    case untrained
    /// Weights that another program trained.
    case imported
    /// Weights that this program trained.
    case trained
  }

  /// The origin of the weights.
  public var kind: Kind
  /// The source's file name without its folder, or a name such as `torchvision:resnet50`, or the address at which it is
  /// published.
  public var source: String?
  /// SHA-256 of the source file in hexadecimal.
  public var sha256: String?
  /// The weights' licence, as an SPDX identifier where there is one.
  public var license: String?
  /// The seed of untrained weights.
  public var seed: UInt64?

  /// An origin from its fields.
  public init(
    kind: Kind, source: String? = nil, sha256: String? = nil, license: String? = nil, seed: UInt64? = nil
  ) {
    self.kind = kind
    self.source = source
    self.sha256 = sha256
    self.license = license
    self.seed = seed
  }
}

extension Origin: Codable {
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["kind", "source", "sha256", "license", "seed"])
    self.init(
      kind: try fields.word("kind"), source: try fields.optional("source"),
      sha256: try fields.optional("sha256"), license: try fields.optional("license"),
      seed: try fields.optional("seed"))
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(kind.rawValue, forKey: FieldName("kind"))
    try fields.encodeIfPresent(source, forKey: FieldName("source"))
    try fields.encodeIfPresent(sha256, forKey: FieldName("sha256"))
    try fields.encodeIfPresent(license, forKey: FieldName("license"))
    try fields.encodeIfPresent(seed, forKey: FieldName("seed"))
  }
}
