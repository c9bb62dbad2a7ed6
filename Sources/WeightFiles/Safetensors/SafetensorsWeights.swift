package import Files
package import Messages
package import TensorCore

/// The tensors of a safetensors file, or of all the files that an index names, which have no name in common.
package final class SafetensorsWeights: WeightSource {
  package let path: String
  package let container: String
  package let byteCount: Int
  package let tensors: [SourceTensor]
  package let notes: [Remark]
  package let wholeFile: InputFile?
  /// The texts of each file.
  package let texts: [[String: String]]
  /// The file and the header's entry of each tensor.
  private let places: [(file: SafetensorsFile, tensor: SafetensorsTensor)]

  /// The texts of the first file.
  package var metadata: [String: String] { texts.first ?? [:] }

  /// A file alone.
  init(_ file: SafetensorsFile) {
    path = file.file.path
    container = "a safetensors file"
    notes = []
    wholeFile = file.file
    (byteCount, texts, places, tensors) = Self.join([file])
  }

  /// The files of an index.
  init(_ files: [SafetensorsFile], index path: String) {
    self.path = path
    container = "an index of \(files.count) safetensors files"
    notes = ["files: \(files.count), as the index says"]
    wholeFile = nil
    (byteCount, texts, places, tensors) = Self.join(files)
  }

  private static func join(
    _ files: [SafetensorsFile]
  ) -> (
    Int, [[String: String]], [(file: SafetensorsFile, tensor: SafetensorsTensor)], [SourceTensor]
  ) {
    let places = files.flatMap { file in file.header.tensors.map { (file: file, tensor: $0) } }
    let tensors = places.map { _, tensor in
      SourceTensor(
        name: tensor.name, shape: tensor.shape, type: tensor.type.rawValue, byteCount: tensor.bytes.count,
        isSuitable: tensor.type.elementType.map { $0 != .int64 } ?? false)
    }
    return (files.reduce(0) { $0 + $1.file.size }, files.map(\.header.metadata), places, tensors)
  }

  package func read(_ index: Int) throws(WeightFileError) -> Tensor {
    try places[index].file.read(places[index].tensor)
  }

  package func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    try places[index].file.elements(places[index].tensor)
  }
}

/// True if a file that begins with these bytes is a safetensors file, or an index of some.
///
/// - Parameter firstBytes: the first 16 bytes or more, or all that there are.
func looksLikeSafetensors(firstBytes: [UInt8]) -> Bool {
  SafetensorsHeader.isLikely(firstBytes) || SafetensorsIndex.isLikely(firstBytes)
}

/// True if a file's name is that of an index of safetensors files.
package func isSafetensorsIndex(_ path: String) -> Bool { path.hasSuffix(".index.json") }

/// Reads the headers of a safetensors file, or of all the files that an index names.
///
/// - Throws: ``WeightFileError``.
func openSafetensors(_ file: InputFile) throws(WeightFileError) -> SafetensorsWeights {
  let first = try file.array(in: 0..<min(file.size, FileKind.startSize))
  if file.path.hasSuffix(".json") || SafetensorsIndex.isLikely(first) {
    return try SafetensorsIndex(file).open()
  }
  return SafetensorsWeights(try SafetensorsFile(file))
}
