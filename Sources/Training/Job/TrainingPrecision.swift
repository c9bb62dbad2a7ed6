public import Inference
import Kernels

/// The numbers that a training multiplies. Weights, sums, and feature maps between the layers that train are of single precision always.
public enum TrainingPrecision: String, Sendable, CaseIterable {
  /// Single precision.
  case float32 = "f32"
  /// Products of bfloat16 numbers: in frozen layers as those of ``InferencePrecision/bfloat16``; in those that train outputs, and gradients
  /// of inputs and weights, of convolutions that Winograd's algorithm does not serve.
  case bfloat16 = "bf16"
  /// ``bfloat16`` where the processor has instructions for it, else ``float32``: so a result depends on the machine.
  case automatic = "auto"
  /// The 8-bit integers of a quantized network, which its frozen layers keep in the trained one; layers that train have single precision.
  case int8

  /// The numbers that a plan multiplies in layers that are not of integers.
  public var inference: InferencePrecision {
    switch self {
    case .float32, .int8: .float32
    case .bfloat16: .bfloat16
    case .automatic: .automatic
    }
  }

  /// The numbers that convolutions multiply that train.
  var arithmetic: TrainingArithmetic {
    switch self {
    case .float32, .int8: .single
    case .bfloat16: .bfloat16
    case .automatic: InferencePrecision.hasBFloat16 ? .bfloat16 : .single
    }
  }
}
