import TensorCore

/// y = W x + b, over an input of one pixel.
///
/// - weight: [outputs, inputs], or [outputs, inputs, 1, 1]
/// - bias: [outputs], if there is one
public struct Linear: Hashable, Sendable {
  /// Numbers that go in.
  public var inputs: Int
  /// Numbers that come out.
  public var outputs: Int
  /// True if a bias is added.
  public var hasBias = true
  /// True if the weights have the shape of a 1×1 convolution's.
  public var isConvolution = false

  /// A layer from its fields.
  package init(inputs: Int, outputs: Int, hasBias: Bool = true, isConvolution: Bool = false) {
    self.inputs = inputs
    self.outputs = outputs
    self.hasBias = hasBias
    self.isConvolution = isConvolution
  }
}

extension Linear: OperationDefinition {
  package var name: String { "linear" }
  package var detail: String { "\(inputs) to \(outputs)" }
  package var family: OperationFamily { .linear }
  package var fusions: Fusions { [.relu, .sigmoid] }

  /// As PyTorch draws them: uniformly within 1 / sqrt(inputs), but weights of a convolution's shape as a convolution's.
  package var parameters: [ParameterDefinition] {
    let uniform = Initialization.uniform(bound: 1 / Float(inputs).squareRoot())
    let weight = ParameterDefinition(
      suffix: "weight", shape: isConvolution ? [outputs, inputs, 1, 1] : [outputs, inputs], role: .weight,
      initialization: isConvolution ? .normal(deviation: (2 / Float(outputs)).squareRoot()) : uniform)
    let bias = ParameterDefinition(
      suffix: "bias", shape: [outputs], role: .bias, initialization: uniform)
    return hasBias ? [weight, bias] : [weight]
  }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    var shape = inputs[0]
    shape.channels = outputs
    return shape
  }

  package func multiplyAdds(output: FeatureShape) -> Int { inputs * outputs }
}
