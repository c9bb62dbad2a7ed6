import TensorCore

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
  /// Distance of neighbouring windows, in pixels of the input, in both directions.
  public var stride: Int
  /// Zeros on each of the four sides.
  public var padding: Int
  /// Distance of the kernel's taps, in pixels of the input.
  public var dilation: Int
  /// Parts of the channels that do not see each other.
  public var groups: Int
  /// True if a bias is added.
  public var hasBias = false
  /// When there is a number, the weights of each output channel are used as (w - mean) / sqrt(variance + number), the
  /// variance being the mean of the squared differences (Qiao et al. 2019).
  public var standardization: Double?

  /// A convolution from its fields.
  package init(
    inputChannels: Int, outputChannels: Int, kernel: Int, stride: Int, padding: Int, dilation: Int,
    groups: Int, hasBias: Bool = false, standardization: Double? = nil
  ) {
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.dilation = dilation
    self.groups = groups
    self.hasBias = hasBias
    self.standardization = standardization
  }
}

extension Convolution: OperationDefinition {
  package var name: String { "convolution" }
  package var family: OperationFamily { .convolution }
  package var fusions: Fusions { [.batchNorm, .addition, .relu] }

  package var window: SlidingWindow {
    SlidingWindow(kernel: kernel, stride: stride, padding: padding, dilation: dilation)
  }

  package var detail: String {
    Self.list(
      window.detail,
      dilation > 1 ? "dilation \(dilation)" : nil,
      groups > 1 ? "\(groups) groups" : nil,
      hasBias ? "bias" : nil,
      standardization != nil ? "standardised" : nil)
  }

  /// He et al. 2015: a deviation of sqrt(2 / fan-out).
  package var parameters: [ParameterDefinition] {
    let fanOut = outputChannels / groups * kernel * kernel
    let weight = ParameterDefinition(
      suffix: "weight", shape: [outputChannels, inputChannels / groups, kernel, kernel], role: .weight,
      initialization: .normal(deviation: (2 / Float(max(fanOut, 1))).squareRoot()))
    let bias = ParameterDefinition(
      suffix: "bias", shape: [outputChannels], role: .bias, initialization: .zeros)
    return hasBias ? [weight, bias] : [weight]
  }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    var shape = window.outputShape(of: inputs[0])
    shape.channels = outputChannels
    return shape
  }

  package func multiplyAdds(output: FeatureShape) -> Int {
    inputChannels / groups * kernel * kernel * output.elementCount
  }
}
