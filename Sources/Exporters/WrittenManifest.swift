package import Importers
import ModelDescriptor
import TensorCore
package import WeightFiles

/// The manifest of an export.
struct WrittenManifest {
  private let architecture: Named<Architecture>
  private let classes: Int
  private let preprocessing: Preprocessing
  private let labels: [String]?
  private let source: RawOrigin
  private let tensors: [RawTensor]

  /// The manifest of an export whose tensors are packed in the order of `parameters`.
  init(_ parameters: [ExportPlan.Parameter], descriptor: ModelDescriptor) {
    let architecture = descriptor.architecture
    let origin = descriptor.origin
    self.architecture = architecture.presetName.map { .name($0) } ?? .record(architecture)
    classes = architecture.classes
    preprocessing = descriptor.preprocessing
    labels = descriptor.labels
    source = RawOrigin(
      name: origin.source ?? architecture.name ?? "reszoo", sha256: origin.sha256, license: origin.license,
      seed: origin.kind == .untrained ? origin.seed : nil)
    var end = 0
    tensors = parameters.map { parameter in
      defer { end += parameter.tensor.byteCount }
      return RawTensor(
        name: parameter.name, dimensions: parameter.tensor.shape.dimensions, type: "float32", offset: end,
        byteCount: parameter.tensor.byteCount)
    }
  }
}

extension WrittenManifest: Encodable {
  func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(RawManifest.format, forKey: FieldName("format"))
    try fields.encode(RawManifest.version, forKey: FieldName("version"))
    try fields.encode(architecture, forKey: FieldName("architecture"))
    try fields.encode(classes, forKey: FieldName("classes"))
    try fields.encode(preprocessing, forKey: FieldName("preprocessing"))
    try fields.encode(labels, forKey: FieldName("labels"))
    try fields.encode(source, forKey: FieldName("source"))
    try fields.encode(tensors, forKey: FieldName("tensors"))
  }
}

extension Named: Encodable where Record: Encodable {
  package func encode(to encoder: any Encoder) throws {
    switch self {
    case .name(let name): try name.encode(to: encoder)
    case .record(let record): try record.encode(to: encoder)
    }
  }
}

extension RawOrigin: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(name, forKey: FieldName("name"))
    try fields.encode(sha256, forKey: FieldName("sha256"))
    try fields.encode(license, forKey: FieldName("license"))
    try fields.encodeIfPresent(seed, forKey: FieldName("seed"))
  }
}

extension RawTensor: Encodable {
  package func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: FieldName.self)
    try fields.encode(name, forKey: FieldName("name"))
    try fields.encode(dimensions, forKey: FieldName("shape"))
    try fields.encode(type, forKey: FieldName("dtype"))
    try fields.encode(offset, forKey: FieldName("offset"))
    try fields.encode(byteCount, forKey: FieldName("bytes"))
  }
}
