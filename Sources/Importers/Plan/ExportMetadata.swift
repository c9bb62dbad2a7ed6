import Messages
import ModelDescriptor

/// What an exported safetensors file says about its weights, in the texts of its metadata.
enum ExportMetadata {
  /// What the names of our own texts begin with.
  static let prefix = "reszoo."

  private static let architecture = prefix + "architecture"
  private static let preprocessing = prefix + "preprocessing"
  private static let labels = prefix + "labels"
  private static let origin = prefix + "origin"
  private static let metrics = prefix + "metrics"
  private static let assumptions = prefix + "assumptions"

  /// The texts for a descriptor: the architecture by its preset's name if it is one, all else as JSON.
  ///
  /// - Throws: ``DescriptorError`` for what JSON cannot write.
  static func texts(for descriptor: ModelDescriptor) throws(DescriptorError) -> [String: String] {
    // Programs that load safetensors with PyTorch look for this one.
    var texts = ["format": "pt"]
    if let name = descriptor.architecture.presetName {
      texts[architecture] = name
    } else {
      texts[architecture] = try text(descriptor.architecture)
    }
    texts[preprocessing] = try text(descriptor.preprocessing)
    if let names = descriptor.labels { texts[labels] = try text(names) }
    texts[origin] = try text(descriptor.origin)
    if !descriptor.metrics.isEmpty { texts[metrics] = try text(descriptor.metrics) }
    if !descriptor.assumptions.isEmpty { texts[assumptions] = try text(descriptor.assumptions) }
    return texts
  }

  /// Whether the texts of some file's metadata say where its weights come from.
  static func sayOrigin(_ texts: [String: String]) -> Bool { texts[origin] != nil }

  /// What the texts of some file's metadata say; those of other programs are not heard.
  ///
  /// - Throws: ``ImportError`` with `malformedHeader`.
  static func claims(_ texts: [String: String], file: String) throws(ImportError) -> SourceClaims {
    func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws(ImportError) -> Value? {
      guard let text = texts[name] else { return nil }
      do {
        return try JSON.decode(type, from: Array(text.utf8))
      } catch {
        throw ImportError(.malformedHeader, file: file, "the metadata's \(name): \(error)")
      }
    }
    func named<Record: Decodable>(_ name: String, as type: Record.Type) throws(ImportError) -> Named<Record>?
    {
      guard let text = texts[name], !text.hasPrefix("{") else {
        return try decoded(name, as: type).map { .record($0) }
      }
      return .name(text)
    }
    var origin = try decoded(origin, as: Origin.self) ?? Origin(kind: .imported, source: file)
    // A checkpoint holds no paths.
    origin.source = origin.source.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    return SourceClaims(
      file: file, architecture: try named(architecture, as: Architecture.self),
      preprocessing: try named(preprocessing, as: Preprocessing.self),
      labels: try decoded(labels, as: [String].self), origin: origin,
      metrics: try decoded(metrics, as: [String: Double].self) ?? [:],
      assumptions: try decoded(assumptions, as: [Assumption].self) ?? [])
  }

  private static func text(_ value: some Encodable) throws(DescriptorError) -> String {
    String(decoding: try JSON.encode(value), as: UTF8.self)
  }
}

extension Architecture {
  /// The name, if it is that of a preset which differs in the number of classes at most.
  var presetName: String? {
    guard let name, let preset = try? Architecture.preset(named: name, classes: classes) else { return nil }
    return preset == self ? name : nil
  }
}
