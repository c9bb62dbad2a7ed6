import ModelDescriptor
import PublishedModels
import TensorCore
import WeightFiles

extension SourceClaims {
  /// The statements of an opened source: the manifest of a raw export, the texts of a safetensors file, or else the file's name.
  ///
  /// - Throws: ``ImportError`` with `malformedManifest` or `malformedHeader`.
  init(of weights: any WeightSource) throws(ImportError) {
    switch weights {
    case let export as RawExport: self = try RawDescription(export).claims(file: export.manifestPath)
    case let source as SafetensorsWeights: try self.init(texts: [source.metadata], file: source.path)
    case let source as ShardedWeights: try self.init(texts: source.texts, file: source.path)
    case let source as ONNXWeights: try self.init(source)
    case let source as QuantizedModules:
      self.init(fileNamed: FileName(source.path), at: source.path)
      quantization = source.quantization
    default: self.init(fileNamed: FileName(weights.path), at: weights.path)
    }
  }

  /// The statements of the first file that has any.
  private init(texts: [[String: String]], file: String) throws(ImportError) {
    let texts = texts.first { $0.keys.contains { $0.hasPrefix(ModelTexts.prefix) } } ?? [:]
    self = try ModelTexts.claims(texts, file: file)
    hasStatedOrigin = ModelTexts.sayOrigin(texts)
  }

  private init(fileNamed name: FileName, at path: String) {
    // A name proves neither the network nor the digest: the tensors decide, and the index of published files.
    self.init(
      file: path, origin: Origin(kind: .imported, source: name.base),
      digestPrefix: name.published?.sha256Prefix)
  }
}
