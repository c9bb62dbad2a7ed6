import Files
import Messages
import TensorCore

/// A safetensors file whose header was read.
struct SafetensorsFile {
  let file: InputFile
  let header: SafetensorsHeader
  private let dataStart: Int

  init(_ file: InputFile) throws(WeightFileError) {
    self.file = file
    (header, dataStart) = try SafetensorsHeader.read(from: file)
  }

  /// Reads a tensor.
  ///
  /// - Throws: ``WeightFileError`` with `unsuitableElementType` for types that no weights are read from.
  func read(_ tensor: SafetensorsTensor) throws(WeightFileError) -> Tensor {
    guard let type = tensor.type.elementType else {
      throw WeightFileError(
        .unsuitableElementType, file: file.path,
        "\(tensor.name) holds \(tensor.type.rawValue); weights must be F32, F16, BF16 or F64")
    }
    return Tensor(
      shape: tensor.shape, elementType: type,
      buffer: try file.bytes(count: tensor.bytes.count, at: dataStart + tensor.bytes.lowerBound))
  }

  /// Reads a tensor's elements as they lie in the file.
  ///
  /// - Throws: ``WeightFileError`` with `unsuitableElementType` for types that no weights are read from.
  func elements(_ tensor: SafetensorsTensor) throws(WeightFileError) -> SourceElements {
    let type: ScalarType
    switch tensor.type {
    case .f32: type = .float32
    case .f16: type = .float16
    case .bf16: type = .bfloat16
    case .f64: type = .float64
    case .i64: type = .int64
    default:
      throw WeightFileError(
        .unsuitableElementType, file: file.path, "\(tensor.name) holds \(tensor.type.rawValue)")
    }
    return SourceElements(
      type: type, shape: tensor.shape,
      buffer: try file.bytes(count: tensor.bytes.count, at: dataStart + tensor.bytes.lowerBound))
  }
}
