public import TensorCore

/// A tensor that training changes, in one of a network's flat buffers.
public struct TrainedParameter: Hashable, Sendable {
  /// The path, for example `layer4.0.conv1.weight`.
  public let name: String
  /// PyTorch's shape; the elements lie in its order.
  public let shape: Shape
  /// The first element's place in the flat buffer.
  public let offset: Int
  /// True if it is a bias or belongs to a norm, which weight decay usually leaves alone.
  public let isExempt: Bool
  /// True if it belongs to the head, the layers after the global pooling.
  public let isHead: Bool

  /// The elements' places in the flat buffer.
  public var range: Range<Int> { offset..<offset + shape.elementCount }
}
