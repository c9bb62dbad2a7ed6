package import TensorCore

/// A constant of an ONNX file: its form, and where its elements lie. None of them is read.
package struct ONNXTensor: Sendable {
  package var name: String
  package var shape: Shape
  package var type: ONNXType
  var place: Place

  /// The place of a tensor's elements.
  enum Place: Sendable {
    /// There are none.
    case nowhere
    /// In the file itself, little-endian.
    case raw(Range<Int>)
    /// In the file itself, as numbers of variable length.
    case varints(Range<Int>)
    /// In another file, little-endian.
    case external(ONNXExternalFile, Range<Int>)
  }

  /// Bytes of the elements in the type that the file says.
  package var byteCount: Int { shape.elementCount * (type.scalar?.byteCount ?? 1) }
}

/// ONNX's types of elements by their numbers.
package enum ONNXType: Int, Sendable {
  case float = 1
  case uint8, int8, uint16, int16, int32, int64, string, bool, float16, double, uint32, uint64, complex64,
    complex128, bfloat16

  /// The type as the readers here know it; nil for one whose elements are not read.
  package var scalar: ScalarType? {
    switch self {
    case .float: .float32
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .int32: .int32
    case .int64: .int64
    case .bool: .bool
    case .float16: .float16
    case .double: .float64
    case .bfloat16: .bfloat16
    case .uint16, .string, .uint32, .uint64, .complex64, .complex128: nil
    }
  }

  /// The name in ONNX's documents.
  package var word: String { "\(self)".uppercased() }
}
