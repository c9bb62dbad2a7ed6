import Kernels
import ResNetGraph

/// A step with the forms of the maps that it reads and writes.
struct PlannedStep: Hashable {
  enum Work: Hashable {
    case fused(FusedStep)
    /// Floats to bytes.
    case quantization
    /// Bytes to floats.
    case dequantization
  }

  let work: Work
  let input: MapValue
  /// The gate, or the other input of a join.
  var second: MapValue?
  var residual: MapValue?
  let output: MapValue

  /// The maps that are read.
  var reads: [MapValue] { [input, second, residual].compactMap(\.self) }
}
