/// A two-dimensional convolution, as PyTorch's `Conv2d`.
///
/// - weight: [outputChannels, inputChannels / groups, kernel, kernel]
/// - bias: [outputChannels], if there is one
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
  /// Whether a bias is added.
  public var hasBias = false
  /// When there is a number, the weights of each output channel are used as (w - mean) / sqrt(variance + number), the
  /// variance being the mean of the squared differences (Qiao et al. 2019).
  public var standardization: Double?
}

/// y = (x - running_mean) / sqrt(running_var + epsilon) · weight + bias, by channel.
public struct BatchNormalization: Hashable, Sendable {
  /// Channels of input and output.
  public var channels: Int
  /// Added to the variance.
  public var epsilon: Double
}

/// For one image, with its own mean and variance over height, width and the channels of each group:
/// y = (x - mean) / sqrt(variance + epsilon) · weight + bias, weight and bias by channel (Wu and He 2018).
public struct GroupNormalization: Hashable, Sendable {
  /// Channels of input and output.
  public var channels: Int
  /// Equal parts of the channels.
  public var groups: Int
  /// Added to the variance.
  public var epsilon: Double
}

/// y = W x + b, over an input of one pixel.
///
/// - weight: [outputs, inputs], or [outputs, inputs, 1, 1]
/// - bias: [outputs], if there is one
public struct Linear: Hashable, Sendable {
  /// Numbers that go in.
  public var inputs: Int
  /// Numbers that come out.
  public var outputs: Int
  /// Whether a bias is added.
  public var hasBias = true
  /// Whether the weights have the shape of a 1×1 convolution's.
  public var isConvolution = false
}

/// A convolution along the channels of one pixel, zeros beyond both ends, without bias: channels in, as many out (ECA).
///
/// - weight: [1, 1, kernel]
public struct ChannelConvolution: Hashable, Sendable {
  /// Neighbouring channels that it sees; odd.
  public var kernel: Int
}
