/// The storage type of a tensor's elements.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32 = "f32"
  case float16 = "f16"
  case bfloat16 = "bf16"
  case float64 = "f64"
  case int64 = "i64"
  /// 8-bit integers with a float32 scale for each index of the first dimension.
  case int8 = "i8"

  /// Bytes of one element, scales not counted.
  public var byteCount: Int {
    switch self {
    case .int8: 1
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64, .int64: 8
    }
  }

  /// Bytes of a tensor's elements, and of the scales before them.
  public func byteCount(of shape: Shape) -> Int {
    scaleByteCount(of: shape) + shape.elementCount * byteCount
  }

  /// Bytes of the scales that stand before the elements; 0 for types without, and for tensors without elements.
  package func scaleByteCount(of shape: Shape) -> Int {
    guard self == .int8, shape.elementCount > 0 else { return 0 }
    return MemoryLayout<Float>.size * (shape.dimensions.first ?? 0)
  }
}
