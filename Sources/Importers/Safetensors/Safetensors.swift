import Files
import Messages
import ModelDescriptor
import ResNetModel
import TensorCore

/// Whether a file that begins with these bytes is a safetensors file, or an index of some.
///
/// - Parameter firstBytes: the first 16 bytes or more, or all that there are.
func looksLikeSafetensors(firstBytes: [UInt8]) -> Bool {
  SafetensorsHeader.isLikely(firstBytes) || SafetensorsIndex.isLikely(firstBytes)
}

/// Whether a file's name is that of an index of safetensors files.
func isSafetensorsIndex(_ path: String) -> Bool { path.hasSuffix(".index.json") }

/// Reads the headers of a safetensors file, or of all the files that an index names.
///
/// - Throws: ``ImportError``.
func openSafetensors(_ file: InputFile) throws(ImportError) -> WeightSource {
  let first = try file.array(in: 0..<min(file.size, FileKind.startSize))
  if file.path.hasSuffix(".json") || SafetensorsIndex.isLikely(first) {
    return try SafetensorsIndex(file).open()
  }
  let opened = try SafetensorsFile(file)
  var source = try WeightSource(safetensors: [opened], path: file.path)
  // A file that this program exported says itself where its weights come from.
  if !ExportMetadata.sayOrigin(opened.header.metadata) { source.fingerprint = { Fingerprint(file) } }
  return source
}

/// A safetensors file whose header was read.
struct SafetensorsFile {
  let file: InputFile
  let header: SafetensorsHeader
  private let dataStart: Int

  init(_ file: InputFile) throws(ImportError) {
    self.file = file
    (header, dataStart) = try SafetensorsHeader.read(from: file)
  }

  /// Reads a tensor.
  ///
  /// - Throws: ``ImportError`` with `unsuitableElementType` for types that no weights are read from.
  func read(_ tensor: SafetensorsTensor) throws(ImportError) -> Tensor {
    guard let type = tensor.type.elementType else {
      throw ImportError(
        .unsuitableElementType, file: file.path,
        "\(tensor.name) holds \(tensor.type.rawValue); weights must be F32, F16, BF16 or F64")
    }
    return Tensor(
      shape: tensor.shape, elementType: type,
      buffer: try file.bytes(count: tensor.bytes.count, at: dataStart + tensor.bytes.lowerBound))
  }

  /// Reads a tensor's elements as they lie in the file.
  ///
  /// - Throws: ``ImportError`` with `unsuitableElementType` for types that no weights are read from.
  func elements(_ tensor: SafetensorsTensor) throws(ImportError) -> SourceElements {
    let type: ScalarType
    switch tensor.type {
    case .f32: type = .float32
    case .f16: type = .float16
    case .bf16: type = .bfloat16
    case .f64: type = .float64
    case .i64: type = .int64
    default:
      throw ImportError(
        .unsuitableElementType, file: file.path, "\(tensor.name) holds \(tensor.type.rawValue)")
    }
    return SourceElements(
      type: type, shape: tensor.shape,
      buffer: try file.bytes(count: tensor.bytes.count, at: dataStart + tensor.bytes.lowerBound))
  }
}
