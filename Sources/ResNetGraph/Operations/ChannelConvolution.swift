import TensorCore

/// A convolution along the channels of one pixel, zeros beyond both ends, without bias: channels in, as many out (ECA).
///
/// - weight: [1, 1, kernel]
public struct ChannelConvolution: Hashable, Sendable {
  /// Neighbouring channels that it sees; odd.
  public var kernel: Int

  /// A convolution from its field.
  package init(kernel: Int) {
    self.kernel = kernel
  }
}

extension ChannelConvolution: OperationDefinition {
  package var name: String { "channel convolution" }
  package var detail: String { "\(kernel)" }
  package var family: OperationFamily { .convolution }
  package var fusions: Fusions { .sigmoid }

  /// As PyTorch's `Conv1d`: uniformly within 1 / sqrt(kernel).
  package var parameters: [ParameterDefinition] {
    [
      ParameterDefinition(
        suffix: "weight", shape: [1, 1, kernel], role: .weight,
        initialization: .uniform(bound: 1 / Float(kernel).squareRoot()))
    ]
  }

  package func multiplyAdds(output: FeatureShape) -> Int { kernel * output.channels }
}
