package import TensorCore

/// A tensor that training changes, in one of a network's flat buffers.
package struct TrainedParameter: Hashable, Sendable {
  /// The path, for example `layer4.0.conv1.weight`.
  package let name: String
  /// PyTorch's shape; the elements lie in its order.
  package let shape: Shape
  /// The first element's place in the flat buffer.
  package let offset: Int
  /// True if it is a bias or belongs to a norm, which weight decay usually leaves alone.
  package let isExempt: Bool
  /// True if it belongs to the head, the layers after the global pooling.
  package let isHead: Bool

  /// The elements' places in the flat buffer.
  package var range: Range<Int> { offset..<offset + shape.elementCount }
}
