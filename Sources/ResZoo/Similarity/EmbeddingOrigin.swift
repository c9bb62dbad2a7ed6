import CheckpointFormat
public import ModelDescriptor
public import ResNetModel

/// What embeddings were made with. Those of different origins are not compared: their numbers mean different things.
public struct EmbeddingOrigin: Hashable, Sendable {
  /// The content root of the network's weights, in hexadecimal.
  public let contentRoot: String
  /// The SHA-256 of the network's architecture, in hexadecimal.
  public let architecture: String
  /// The network's name; nil where it has none.
  public let name: String?
  /// The node whose output the embeddings are.
  public let node: String
  /// The way from an image to the network's input.
  public let preprocessing: Preprocessing

  /// The origin of a model's embeddings.
  ///
  /// - Parameters:
  ///   - model: the model, whose weights are hashed unless they were when it was loaded.
  ///   - extractor: made of this model.
  ///   - threads: how many threads hash; 0 for all processors.
  /// - Throws: ``DescriptorError`` for an architecture that cannot be written.
  public init(
    _ model: Model, _ extractor: FeatureExtractor, threads: Int = 0
  ) throws(DescriptorError) {
    let network = model.descriptor.architecture
    contentRoot = model.contentRoot(threads: threads)
    architecture = CheckpointIndex.digest(of: try network.json())
    name = network.name
    node = extractor.node
    preprocessing = extractor.preprocessing
  }

  /// The first way in which another origin differs, in words; nil where embeddings can be compared.
  func difference(from other: EmbeddingOrigin) -> String? {
    if contentRoot != other.contentRoot || architecture != other.architecture {
      return "made by another network (\(title), and this is \(other.title))"
    }
    if node != other.node { return "made of another node ('\(node)', and this is '\(other.node)')" }
    guard preprocessing != other.preprocessing else { return nil }
    return
      "made of images that were prepared in another way (\(preprocessing.difference(from: other.preprocessing)))"
  }

  private var title: String { "'\(name ?? "unnamed")', content root \(contentRoot.prefix(12))…" }
}

extension Preprocessing {
  /// The first field that another record has otherwise, with both values; both must be different.
  fileprivate func difference(from other: Preprocessing) -> String {
    func text(_ number: Int?) -> String { number.map { "\($0)" } ?? "null" }
    let fields: [(String, String, String)] = [
      ("input_size", "\(inputSize)", "\(other.inputSize)"), ("resize", text(resize), text(other.resize)),
      ("crop", text(crop), text(other.crop)), ("crop_mode", cropMode.rawValue, other.cropMode.rawValue),
      ("interpolation", interpolation.rawValue, other.interpolation.rawValue),
      ("mean", "\(mean)", "\(other.mean)"), ("std", "\(std)", "\(other.std)"),
      ("exif", exif.rawValue, other.exif.rawValue), ("gray16", gray16.rawValue, other.gray16.rawValue),
      ("channel_order", channelOrder.rawValue, other.channelOrder.rawValue),
    ]
    let field = fields.first { $0.1 != $0.2 }
    return field.map { "\($0.0) \($0.1), and here \($0.2)" } ?? "in a field that is new"
  }
}

extension EmbeddingOrigin: Codable {
  /// Reads the JSON form.
  public init(from decoder: any Decoder) throws {
    let fields = try FieldReader(
      decoder, known: ["content_root", "architecture", "name", "node", "preprocessing"])
    contentRoot = try fields.required("content_root")
    architecture = try fields.required("architecture")
    name = try fields.optional("name")
    node = try fields.required("node")
    preprocessing = try fields.required("preprocessing")
    for (field, digest) in [("content_root", contentRoot), ("architecture", architecture)] {
      let digits = digest.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
      guard digits, digest.utf8.count == 64 else {
        throw DescriptorError(
          .malformed, field: field, "'\(digest)' is not a SHA-256 of 64 hexadecimal digits")
      }
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Field.self)
    try fields.encode(contentRoot, forKey: .contentRoot)
    try fields.encode(architecture, forKey: .architecture)
    try fields.encodeIfPresent(name, forKey: .name)
    try fields.encode(node, forKey: .node)
    try fields.encode(preprocessing, forKey: .preprocessing)
  }

  private enum Field: String, CodingKey {
    case contentRoot = "content_root"
    case architecture
    case name
    case node
    case preprocessing
  }
}
