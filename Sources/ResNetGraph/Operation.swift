/// What a node computes. Feature maps are [channels, height, width]; a batch adds a dimension in front.
public enum Operation: Hashable, Sendable {
  /// The network's input.
  case input(channels: Int)
  case convolution(Convolution)
  case batchNormalization(BatchNormalization)
  /// max(x, 0).
  case relu
  case maxPool(Pool)
  /// The mean over height and width: [C, H, W] → [C, 1, 1].
  case globalAveragePool
  case linear(Linear)
  /// The sum of two inputs of the same shape: first the residual branch, then the shortcut.
  case add
  case zeroPadShortcut(ZeroPadShortcut)

  /// The word that tables use.
  public var name: String {
    switch self {
    case .input: "input"
    case .convolution: "convolution"
    case .batchNormalization: "batch norm"
    case .relu: "ReLU"
    case .maxPool: "max pool"
    case .globalAveragePool: "global average pool"
    case .linear: "linear"
    case .add: "add"
    case .zeroPadShortcut: "zero-pad shortcut"
    }
  }
}

/// A two-dimensional convolution without bias, as PyTorch's `Conv2d`; its batch norm follows.
///
/// - weight: [outputChannels, inputChannels / groups, kernel, kernel]
public struct Convolution: Hashable, Sendable {
  /// Channels of the input, of all groups together.
  public var inputChannels: Int
  /// Channels of the output, of all groups together.
  public var outputChannels: Int
  /// Height and width of the kernel.
  public var kernel: Int
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// Zeros on each of the four sides.
  public var padding: Int
  /// Distance of the kernel's taps, in pixels of the input.
  public var dilation: Int
  /// Parts of the channels that do not see each other.
  public var groups: Int
}

/// y = (x - running_mean) / sqrt(running_var + epsilon) · weight + bias, by channel.
public struct BatchNormalization: Hashable, Sendable {
  /// Channels of input and output.
  public var channels: Int
  /// Added to the variance.
  public var epsilon: Double
}

/// A square window, padded with -∞ where it hangs over the edge.
public struct Pool: Hashable, Sendable {
  /// Height and width of the window.
  public var kernel: Int
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// Pixels on each of the four sides.
  public var padding: Int
}

/// y = W x + b. weight: [outputs, inputs], bias: [outputs]
public struct Linear: Hashable, Sendable {
  /// Numbers that go in.
  public var inputs: Int
  /// Numbers that come out.
  public var outputs: Int
}

/// Option A: every `stride`-th pixel of both directions, between `padding` channels of zeros on either side.
public struct ZeroPadShortcut: Hashable, Sendable {
  /// In pixels of the input, in both directions.
  public var stride: Int
  /// Channels of zeros before the first and after the last channel.
  public var padding: Int
}
