public import Inference

/// The numbers that the frozen layers of a training multiply. Layers that train, their gradients and what is kept of them are of single
/// precision always.
public enum FrozenPrecision: String, Sendable, CaseIterable {
  /// Single precision.
  case float32 = "f32"
  /// Products of bfloat16 numbers, as those of ``InferencePrecision/bfloat16``.
  case bfloat16 = "bf16"
  /// ``bfloat16`` where layers are frozen and the processor has instructions for it, else ``float32``: so a result depends on the machine.
  case automatic = "auto"
  /// The 8-bit integers of a quantized network, which its frozen layers keep in the trained one.
  case int8

  /// The numbers that a plan multiplies in layers that are not of integers.
  public var inference: InferencePrecision {
    switch self {
    case .float32, .int8: .float32
    case .bfloat16: .bfloat16
    case .automatic: .automatic
    }
  }
}
