import TensorCore

/// y = (x - running_mean) / sqrt(running_var + epsilon) · weight + bias, by channel.
public struct BatchNormalization: Hashable, Sendable {
  /// Channels of input and output.
  public var channels: Int
  /// The number that is added to the variance.
  public var epsilon: Double

  /// A norm from its fields.
  package init(channels: Int, epsilon: Double) {
    self.channels = channels
    self.epsilon = epsilon
  }
}

/// For one image, with its own mean and variance over height, width and the channels of each group:
/// y = (x - mean) / sqrt(variance + epsilon) · weight + bias, weight and bias by channel (Wu and He 2018). With a group for
/// each channel it is an instance norm.
public struct GroupNormalization: Hashable, Sendable {
  /// Channels of input and output.
  public var channels: Int
  /// Equal parts of the channels.
  public var groups: Int
  /// The number that is added to the variance.
  public var epsilon: Double
  /// True if there are weights and biases; without them they are 1 and 0.
  public var isAffine = true

  /// A norm from its fields.
  package init(channels: Int, groups: Int, epsilon: Double, isAffine: Bool = true) {
    self.channels = channels
    self.groups = groups
    self.epsilon = epsilon
    self.isAffine = isAffine
  }
}

extension BatchNormalization: OperationDefinition {
  package var name: String { "batch norm" }
  package var family: OperationFamily { .normalization }
  package var fusions: Fusions { [.addition, .relu] }

  package var parameters: [ParameterDefinition] {
    let shape: Shape = [channels]
    return weightAndBias(channels: channels) + [
      ParameterDefinition(
        suffix: "running_mean", shape: shape, role: .runningMean, initialization: .zeros),
      ParameterDefinition(
        suffix: "running_var", shape: shape, role: .runningVariance, initialization: .ones),
    ]
  }
}

extension GroupNormalization: OperationDefinition {
  package var name: String { groups == channels ? "instance norm" : "group norm" }
  package var detail: String { groups == channels ? "" : "\(groups) groups" }
  package var family: OperationFamily { .normalization }
  package var fusions: Fusions { [.addition, .relu] }
  /// The statistics of each image follow from its numbers.
  package var derivativeReads: DerivativeReads { .input }
  package var parameters: [ParameterDefinition] { isAffine ? weightAndBias(channels: channels) : [] }
}

/// The numbers that a norm multiplies and shifts each channel by.
private func weightAndBias(channels: Int) -> [ParameterDefinition] {
  [
    ParameterDefinition(suffix: "weight", shape: [channels], role: .weight, initialization: .ones),
    ParameterDefinition(suffix: "bias", shape: [channels], role: .bias, initialization: .zeros),
  ]
}
