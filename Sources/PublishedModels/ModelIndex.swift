import Messages
package import ModelDescriptor

/// The files of pretrained weights that are known by name.
///
/// The library's own list is `models/index.json`, made by `tools/generate/make_model_index.py`; it is part of the program.
public struct ModelIndex: Hashable, Sendable {
  /// The files, in the order of the list.
  public let entries: [PublishedWeights]

  /// The library's own list.
  ///
  /// - Complexity: O(length of the list) on first use.
  public static let own: ModelIndex = {
    do {
      return try ModelIndex(json: PackageResources.index_json)
    } catch {
      preconditionFailure("models/index.json: \(error)")
    }
  }()

  /// Reads a list in the form of `models/index.json`.
  ///
  /// - Throws: ``DescriptorError`` that names the offending field.
  package init(json: [UInt8]) throws(DescriptorError) {
    entries = try JSON.decode(Document.self, from: json).models
    var names: Set<String> = []
    for (index, entry) in entries.enumerated() {
      do { try entry.validate() } catch { throw error.within("models[\(index)]") }
      for name in [entry.name] + entry.aliases where !names.insert(name).inserted {
        throw DescriptorError(
          .contradiction, field: "models[\(index)].name", "there are two named '\(name.excerpt)'")
      }
    }
  }

  /// The file of that name or alias.
  public func entry(named name: String) -> PublishedWeights? {
    entries.first { $0.name == name || $0.aliases.contains(name) }
  }

  /// The file that is published under that name.
  package func entry(file: String) -> PublishedWeights? {
    entries.first { $0.file == file }
  }

  /// The names and aliases that an unknown name may be a misspelling or the beginning of.
  public func names(closeTo name: String) -> [String] {
    closestNames(to: name, among: entries.flatMap { [$0.name] + $0.aliases })
  }

  private struct Document: Decodable {
    let models: [PublishedWeights]

    init(from decoder: any Decoder) throws {
      let fields = try FieldReader(decoder, known: ["format", "version", "models"])
      let format: String = try fields.required("format")
      guard format == "reszoo-model-index" else {
        throw DescriptorError(
          .outOfRange, field: "format", "'\(format.excerpt)'; it must be 'reszoo-model-index'")
      }
      let version: Int = try fields.required("version")
      guard version == 1 else {
        throw DescriptorError(.outOfRange, field: "version", "\(version); this program reads version 1")
      }
      models = try fields.required("models")
    }
  }
}
