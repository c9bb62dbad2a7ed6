public import TensorCore

/// The weights of a layer that computes with 8-bit integers, as the checkpoint stores them.
///
/// A weight is its integer times the scale of its output channel. Every integer from −128 to 127 may occur, and scales may be 0.
public struct IntegerWeights: Sendable {
  /// The scale of each output channel.
  public let scales: [Float]
  /// The tensor, which keeps the integers.
  private let tensor: Tensor

  /// - Precondition: a tensor of int8 with elements.
  init(_ tensor: Tensor) {
    self.tensor = tensor
    scales = tensor.channelScales
  }

  /// [outputs, inputs / groups, kernel, kernel] of a convolution, [outputs, inputs] or [outputs, inputs, 1, 1] of a linear layer.
  public var shape: Shape { tensor.shape }

  /// The integers in row-major order.
  public var integers: Span<Int8> {
    @_lifetime(borrow self)
    get { tensor.integers }
  }
}
