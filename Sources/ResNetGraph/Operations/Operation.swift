/// The work of a node. Feature maps are [channels, height, width]; a batch adds a dimension in front.
public enum Operation: Hashable, Sendable {
  /// The network's input.
  case input(channels: Int)
  case convolution(Convolution)
  case batchNormalization(BatchNormalization)
  case groupNormalization(GroupNormalization)
  /// max(x, 0).
  case relu
  /// 1 / (1 + exp(-x)).
  case sigmoid
  case maxPool(Pool)
  case averagePool(AveragePool)
  case blur(Blur)
  /// The mean over height and width: [C, H, W] → [C, 1, 1].
  case globalAveragePool
  /// The maximum over height and width: [C, H, W] → [C, 1, 1].
  case globalMaxPool
  case linear(Linear)
  case channelConvolution(ChannelConvolution)
  /// The sum of two inputs of the same shape: first the residual branch, then the shortcut.
  case add
  /// Half the sum of two inputs of the same shape.
  case mean
  /// The channels of the first input, then those of the second: [A, H, W], [B, H, W] → [A + B, H, W].
  case concatenate
  /// The first input, [C, H, W], each channel times its number in the second input, [C, 1, 1].
  case scale
  case zeroPadShortcut(ZeroPadShortcut)

  /// All that the graph says of the operation.
  package var definition: any OperationDefinition {
    switch self {
    case .input: NetworkInput()
    case .convolution(let convolution): convolution
    case .batchNormalization(let norm): norm
    case .groupNormalization(let norm): norm
    case .relu: ReLU()
    case .sigmoid: Sigmoid()
    case .maxPool(let pool): pool
    case .averagePool(let pool): pool
    case .blur(let blur): blur
    case .globalAveragePool: GlobalAveragePool()
    case .globalMaxPool: GlobalMaxPool()
    case .linear(let linear): linear
    case .channelConvolution(let convolution): convolution
    case .add: Addition()
    case .mean: MeanOfTwo()
    case .concatenate: Concatenation()
    case .scale: ChannelScale()
    case .zeroPadShortcut(let shortcut): shortcut
    }
  }

  /// The operation's name in tables.
  public var name: String { definition.name }

  /// The properties that set it apart from others of its name, for example `3×3, stride 2`; empty if there are none.
  public var detail: String { definition.detail }

  /// Name and detail.
  public var summary: String {
    let definition = definition
    return definition.detail.isEmpty ? definition.name : "\(definition.name) \(definition.detail)"
  }

  /// Multiplications with additions for one image.
  public func multiplyAdds(output shape: FeatureShape) -> Int { definition.multiplyAdds(output: shape) }
}

/// The network's input.
struct NetworkInput: OperationDefinition {
  var name: String { "input" }
  var family: OperationFamily { .input }
}
