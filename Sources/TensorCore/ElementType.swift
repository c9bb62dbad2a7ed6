/// How one element of a tensor is stored.
public enum ElementType: String, Hashable, Sendable, CaseIterable {
  case float32 = "f32"
  case float16 = "f16"
  case bfloat16 = "bf16"
  case float64 = "f64"
  case int64 = "i64"

  /// Bytes of one element.
  public var byteCount: Int {
    switch self {
    case .float16, .bfloat16: 2
    case .float32: 4
    case .float64, .int64: 8
    }
  }
}
