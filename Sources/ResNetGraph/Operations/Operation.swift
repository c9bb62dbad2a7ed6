/// What a node computes. Feature maps are [channels, height, width]; a batch adds a dimension in front.
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

  /// The word that tables use.
  public var name: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .batchNormalization: "batch norm"
    case .groupNormalization: "group norm"
    case .relu: "ReLU"
    case .sigmoid: "sigmoid"
    case .maxPool: "max pool"
    case .averagePool: "average pool"
    case .blur: "blur"
    case .globalAveragePool: "global average pool"
    case .globalMaxPool: "global max pool"
    case .linear: "linear"
    case .channelConvolution: "channel convolution"
    case .add: "add"
    case .mean: "mean of two"
    case .concatenate: "concatenate"
    case .scale: "scale channels"
    case .zeroPadShortcut: "zero-pad shortcut"
    }
  }
}
