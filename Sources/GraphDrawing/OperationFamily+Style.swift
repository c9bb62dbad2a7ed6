import ResNetGraph

/// Nodes are told apart by the family of their operation.
extension OperationFamily {
  /// The family's name in a legend.
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

  /// The colour that fills the node.
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

  /// True if the node is drawn small, close to the one before it.
  var isThin: Bool {
    switch self {
    case .normalization, .activation, .join, .input: true
    case .convolution, .linear, .pool: false
    }
  }
}
