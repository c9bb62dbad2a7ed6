package import Files
package import Messages
package import TensorCore

/// The tensors of a safetensors file.
package final class SafetensorsWeights: WeightSource {
  package let path: String
  package let container = "a safetensors file"
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark] = []
  package let wholeFile: InputFile?
  private let content: SafetensorsFile

  package var metadata: [String: String] { content.header.metadata }

  init(_ content: SafetensorsFile) {
    self.content = content
    path = content.file.path
    byteCount = content.file.size
    wholeFile = content.file
    tensors = content.header.tensors.map { tensor in
      SourceTensor(
        name: tensor.name, shape: tensor.shape, type: tensor.type.rawValue, byteCount: tensor.bytes.count,
        isSuitable: tensor.type.elementType.map { $0 != .int64 } ?? false)
    }
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    try content.read(content.header.tensors[index])
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    try content.elements(content.header.tensors[index])
  }
}

/// True if a file that begins with these bytes is a safetensors file, or an index of some.
///
/// - Parameter firstBytes: the first 16 bytes or more, or all that there are.
func looksLikeSafetensors(firstBytes: [UInt8]) -> Bool {
  SafetensorsHeader.isLikely(firstBytes) || ShardIndex.isLikely(firstBytes)
}

/// Reads the headers of a safetensors file, or of all the files that an index names.
///
/// - Throws: ``WeightFileError``.
func openSafetensors(_ file: InputFile) throws(WeightFileError) -> any WeightSource {
  let first = try file.array(in: 0..<min(file.size, FileKind.startSize))
  if file.path.hasSuffix(".json") || ShardIndex.isLikely(first) { return try ShardIndex(file).open() }
  return SafetensorsWeights(try SafetensorsFile(file))
}
