import ModelDescriptor
import TensorCore
import WeightFiles

extension SourceClaims {
  /// The statements of an opened source: the manifest of a raw export, the texts of a safetensors file, or else the file's name.
  ///
  /// - Throws: ``ImportError`` with `malformedManifest` or `malformedHeader`.
  init(of weights: any WeightSource) throws(ImportError) {
    switch weights {
    case let export as RawExport: self = try RawDescription(export).claims(file: export.manifestPath)
    case let source as SafetensorsWeights:
      let texts = source.texts.first { $0.keys.contains { $0.hasPrefix(ModelTexts.prefix) } }
      self = try ModelTexts.claims(texts ?? [:], file: source.path)
      hasStatedOrigin = ModelTexts.sayOrigin(texts ?? [:])
    default: self.init(fileNamed: FileName(weights.path), at: weights.path)
    }
  }

  private init(fileNamed name: FileName, at path: String) {
    // A name proves neither the network nor the digest: the tensors decide, and the index of published files.
    self.init(
      file: path, origin: Origin(kind: .imported, source: name.base),
      digestPrefix: name.published == nil ? nil : name.digestPrefix)
  }
}
