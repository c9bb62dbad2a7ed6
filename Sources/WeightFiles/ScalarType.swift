package import TensorCore

/// The type of a tensor's elements in a source.
package enum ScalarType: String, Sendable {
  case float64, float32, float16, bfloat16
  case int64, int32, int16, int8, uint8, bool

  /// Bytes of one element.
  var byteCount: Int {
    switch self {
    case .float64, .int64: 8
    case .float32, .int32: 4
    case .float16, .bfloat16, .int16: 2
    case .int8, .uint8, .bool: 1
    }
  }

  /// The type that a checkpoint has for weights of this one; nil for integers, which become float32.
  package var elementType: ElementType? {
    switch self {
    case .float64: .float64
    case .float32: .float32
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int64, .int32, .int16, .int8, .uint8, .bool: nil
    }
  }
}

extension ScalarType {
  /// The element type by NumPy's name, for example `<f4`, and true if it is big-endian.
  static func numPy(_ name: String) -> (ScalarType, isBigEndian: Bool)? {
    let types: [Substring: ScalarType] = [
      "f8": .float64, "f4": .float32, "f2": .float16, "i8": .int64, "i4": .int32, "i2": .int16, "i1": .int8,
      "u1": .uint8, "b1": .bool,
    ]
    guard let order = name.first, "<>|=".contains(order), let type = types[name.dropFirst()] else {
      return nil
    }
    return (type, order == ">")
  }
}
