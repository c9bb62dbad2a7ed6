import Files
import Messages
import ModelDescriptor
import WeightFiles

/// The fields of a raw export's manifest that describe the network.
struct RawDescription {
  var architecture: Named<Architecture>
  var classes: Int?
  var preprocessing: Named<Preprocessing>?
  var labels: [String]?
  var source: RawOrigin
}

/// The origin of the weights of a raw export.
package struct RawOrigin {
  package var name: String
  package var sha256: String?
  package var license: String?
  /// The seed, if the weights are random.
  package var seed: UInt64?

  package init(name: String, sha256: String?, license: String?, seed: UInt64?) {
    self.name = name
    self.sha256 = sha256
    self.license = license
    self.seed = seed
  }
}

extension RawOrigin: Decodable {
  package init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: ["name", "sha256", "license", "seed"])
    name = try fields.required("name")
    sha256 = try fields.optional("sha256")
    license = try fields.optional("license")
    seed = try fields.optional("seed")
  }
}

extension RawDescription: Decodable {
  init(from decoder: any Decoder) throws {
    let fields = try FieldReader(decoder, known: RawManifest.fieldNames)
    architecture = try fields.required("architecture")
    classes = try fields.optional("classes")
    preprocessing = try fields.optional("preprocessing")
    labels = try fields.optional("labels")
    source = try fields.required("source")
  }

  /// - Throws: ``ImportError`` with `malformedManifest`.
  init(_ export: RawExport) throws(ImportError) {
    do {
      self = try JSON.decode(RawDescription.self, from: export.manifest)
    } catch {
      throw ImportError(.file(.malformedManifest), file: export.manifestPath, "\(error)")
    }
  }

  /// The statements of the manifest.
  ///
  /// - Parameter file: the manifest, for messages.
  func claims(file: String) -> SourceClaims {
    // A checkpoint holds no paths, whatever a manifest calls its source.
    let name = source.name.lastPathPart
    return SourceClaims(
      file: file, architecture: architecture, classes: classes, preprocessing: preprocessing, labels: labels,
      origin: Origin(
        kind: source.seed == nil ? .imported : .untrained, source: name, sha256: source.sha256,
        license: source.license, seed: source.seed))
  }
}
