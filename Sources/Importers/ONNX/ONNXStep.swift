import ResNetGraph
import WeightFiles

/// One operation of an ONNX graph in the words of the networks here, with the constants that it computes with.
struct ONNXStep {
  var operation: Operation
  /// The steps that it reads; each comes before it.
  var inputs: [Int]
  /// Its constants by the endings of the graph's names: `weight`, `bias`, `running_mean`, `running_var`.
  var weights: [String: ONNXWeight]
  /// The node that it comes from, for messages.
  var node: ONNXNode
  /// The extents of its output for one image.
  var channels: Int
  var height: Int
  var width: Int
  /// True if its output is one number for each channel, made by a global pool.
  var isPooled = false
  /// The rounding of its output to 8 bits.
  var rounding: ONNXRounding?
}

/// The origin of a tensor in an ONNX file.
indirect enum ONNXWeight: Hashable {
  /// A constant, or a value that follows from constants.
  case value(String)
  /// A matrix with its axes exchanged.
  case transposed(ONNXWeight)
  /// One number everywhere.
  case filled(Float)
  case sum(ONNXWeight, ONNXWeight)
  case difference(ONNXWeight, ONNXWeight)
}

extension ONNXWeight {
  /// Most constants that are joined to one tensor, one after the other.
  static let depthLimit = 16

  /// The number of origins within each other.
  var depth: Int {
    switch self {
    case .value, .filled: 1
    case .transposed(let inner): 1 + inner.depth
    case .sum(let first, let second), .difference(let first, let second): 1 + max(first.depth, second.depth)
    }
  }
}

extension ONNXStep {
  var isConvolution: Bool { if case .convolution = operation { true } else { false } }

  var convolution: Convolution? {
    if case .convolution(let convolution) = operation { convolution } else { nil }
  }

  var isAddition: Bool { operation == .add }

  var isNorm: Bool {
    switch operation {
    case .batchNormalization, .groupNormalization: true
    default: false
    }
  }

  var isGlobalPool: Bool {
    switch operation {
    case .globalAveragePool, .globalMaxPool, .mean, .concatenate: true
    default: false
    }
  }
}
