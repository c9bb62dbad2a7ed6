import ResNetGraph

/// The kinds of nodes that a drawing tells apart by colour.
enum NodeStyle: String, CaseIterable {
  case input
  case convolution
  case linear
  case normalization
  case activation
  case pool
  case join

  init(_ operation: Operation) {
    switch operation {
    case .input: self = .input
    case .convolution, .channelConvolution: self = .convolution
    case .linear: self = .linear
    case .batchNormalization, .groupNormalization: self = .normalization
    case .relu, .sigmoid: self = .activation
    case .maxPool, .averagePool, .blur, .globalAveragePool, .globalMaxPool, .zeroPadShortcut: self = .pool
    case .add, .mean, .concatenate, .scale: self = .join
    }
  }

  /// What a legend calls it.
  var label: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .linear: "linear"
    case .normalization: "norm"
    case .activation: "activation"
    case .pool: "pool, filter, subsampling"
    case .join: "join of two"
    }
  }

  /// The colour that fills it.
  var fill: String {
    switch self {
    case .input: "#ffffff"
    case .convolution: "#bcd7f2"
    case .linear: "#d9c8ee"
    case .normalization: "#e6e8ec"
    case .activation: "#fbe0b0"
    case .pool: "#c3e6c8"
    case .join: "#f6c6c4"
    }
  }
}
