import ResNetGraph

/// One step of a plan before memory and kernels are chosen: a node together with those that are fused into it.
struct LoweredStep: Hashable {
  enum Kind: Hashable {
    /// A convolution and the batch norm after it.
    case convolution(node: Int, norm: Int?)
    /// A norm that no convolution takes in.
    case norm(node: Int)
    /// Nothing but what is fused: an addition, a ReLU.
    case identity
    /// The input times one number for each channel.
    case gate
    case maxPool(Pool)
    case averagePool(AveragePool)
    case blur(Blur)
    case globalAveragePool
    case globalMaxPool
    case linear(node: Int)
    case channelConvolution(node: Int)
    case sigmoid
    case mean
    case concatenate
    case zeroPad(ZeroPadShortcut)
  }

  var kind: Kind
  /// The node whose output is read.
  var input: Int
  /// The other node of a step that joins two: the gate, or the second input.
  var second: Int?
  /// The node whose output is added before ReLU.
  var residual: Int?
  var relu = false
  var sigmoid = false
  /// The last of the fused nodes, whose output this step writes.
  var output: Int
}

extension LoweredStep {
  /// The nodes whose outputs are read.
  var reads: [Int] { [input, second, residual].compactMap(\.self) }
}
