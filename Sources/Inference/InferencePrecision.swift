import Kernels

/// The numbers that a plan multiplies.
public enum InferencePrecision: String, Sendable, CaseIterable, Encodable {
  /// Single precision.
  case float32 = "f32"
  /// Products of bfloat16 numbers, with sums and feature maps in single precision, where that is faster.
  case bfloat16 = "bf16"
  /// ``bfloat16`` where the processor has instructions for it, else ``float32``: so a result depends on the machine.
  case automatic = "auto"

  /// True if the processor has instructions for products of bfloat16 numbers. Without them ``bfloat16`` widens the numbers and computes
  /// the same products in single precision, slower than ``float32``.
  public static var hasBFloat16: Bool { KernelTable.current.multipliesBFloat16 }

  /// The numbers that a plan multiplies with these kernels: never ``automatic``.
  func resolved(_ kernels: KernelTable) -> InferencePrecision {
    self != .automatic ? self : kernels.multipliesBFloat16 ? .bfloat16 : .float32
  }
}
