import Files
import Messages
import ModelDescriptor
import WeightFiles

/// The texts by which an exported file describes its network, in the metadata of safetensors and ONNX files.
package enum ModelTexts {
  /// The beginning of the names of all these texts.
  package static let prefix = "reszoo."

  package static let architecture = prefix + "architecture"
  package static let preprocessing = prefix + "preprocessing"
  package static let labels = prefix + "labels"
  package static let origin = prefix + "origin"
  package static let metrics = prefix + "metrics"
  package static let assumptions = prefix + "assumptions"

  /// True if the texts of a file's metadata say where its weights come from.
  static func sayOrigin(_ texts: [String: String]) -> Bool { texts[origin] != nil }

  /// The statements in the texts of a file's metadata; texts of other programs are not heard.
  ///
  /// - Throws: ``ImportError`` with `malformedHeader`.
  static func claims(_ texts: [String: String], file: String) throws(ImportError) -> SourceClaims {
    func decoded<Value: Decodable>(_ name: String, as type: Value.Type) throws(ImportError) -> Value? {
      guard let text = texts[name] else { return nil }
      do {
        return try JSON.decode(type, from: Array(text.utf8))
      } catch {
        throw ImportError(.file(.malformedHeader), file: file, "the metadata's \(name): \(error)")
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
    origin.source = origin.source.map { $0.lastPathPart }
    return SourceClaims(
      file: file, architecture: try named(architecture, as: Architecture.self),
      preprocessing: try named(preprocessing, as: Preprocessing.self),
      labels: try decoded(labels, as: [String].self), origin: origin,
      metrics: try decoded(metrics, as: [String: Double].self) ?? [:],
      assumptions: try decoded(assumptions, as: [Assumption].self) ?? [])
  }
}
