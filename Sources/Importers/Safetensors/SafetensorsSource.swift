import Files
import Messages
import ModelDescriptor
import TensorCore

extension WeightSource {
  /// Joins the tensors of files that have no name in common.
  ///
  /// - Throws: ``ImportError`` with `unsuitableElementType` or `malformedHeader`.
  init(safetensors files: [SafetensorsFile], path: String) throws(ImportError) {
    try requireFloats(in: files, path: path)
    let metadata = files.map(\.header.metadata).first {
      $0.keys.contains { $0.hasPrefix(ExportMetadata.prefix) }
    }
    file = path
    container = "a safetensors file"
    byteCount = files.reduce(0) { $0 + $1.file.size }
    self.metadata = files.first?.header.metadata ?? [:]
    claims = try ExportMetadata.claims(metadata ?? [:], file: path)
    tensors = files.flatMap { file in
      file.header.tensors.map { tensor in
        SourceTensor(
          name: tensor.name, shape: tensor.shape, type: tensor.type.rawValue, byteCount: tensor.bytes.count
        ) { () throws(ImportError) in
          try file.read(tensor)
        } elements: { () throws(ImportError) in
          try file.elements(tensor)
        }
      }
    }
  }
}

/// Refuses tensors that no weights can be read from, all of them at once. Those that the import leaves out may have
/// any type.
private func requireFloats(in files: [SafetensorsFile], path: String) throws(ImportError) {
  let tensors = files.flatMap(\.header.tensors)
  let unsuitable = tensors.compactMap { tensor -> String? in
    let isFloat = tensor.type.elementType.map { $0 != .int64 } ?? false
    return isFloat || NameMap.reasonToSkip(tensor.name) != nil
      ? nil : "\(tensor.name) (\(tensor.type.rawValue))"
  }
  guard unsuitable.isEmpty else {
    let shown = unsuitable.prefix(12).joined(separator: ", ")
    let rest = unsuitable.count > 12 ? " and \(unsuitable.count - 12) more" : ""
    throw ImportError(
      .unsuitableElementType, file: path,
      "weights must be F32, F16, BF16 or F64; \(unsuitable.count) unsuitable: \(shown)\(rest)")
  }
}
