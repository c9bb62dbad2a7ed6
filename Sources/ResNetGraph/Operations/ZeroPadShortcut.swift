/// Option A: every `stride`-th pixel of both directions, between `padding` channels of zeros on either side.
public struct ZeroPadShortcut: Hashable, Sendable {
  /// Distance of neighbouring pixels, in pixels of the input, in both directions.
  public var stride: Int
  /// Channels of zeros before the first and after the last channel.
  public var padding: Int

  /// A shortcut from its fields.
  package init(stride: Int, padding: Int) {
    self.stride = stride
    self.padding = padding
  }
}

extension ZeroPadShortcut: OperationDefinition {
  package var name: String { "zero-pad shortcut" }
  package var family: OperationFamily { .pool }
  package var window: SlidingWindow { SlidingWindow(kernel: 1, stride: stride) }

  package var detail: String {
    Self.list(
      stride > 1 ? "stride \(stride)" : nil, padding > 0 ? "\(2 * padding) channels of zeros" : nil)
  }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    var shape = window.outputShape(of: inputs[0])
    shape.channels += 2 * padding
    return shape
  }
}
