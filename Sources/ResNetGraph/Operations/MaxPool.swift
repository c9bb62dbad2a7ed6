/// The maximum of a square window.
public struct Pool: Hashable, Sendable {
  /// Height and width of the window.
  public var kernel: Int
  /// Distance of neighbouring windows, in pixels of the input, in both directions.
  public var stride: Int
  /// Pixels on each of the four sides.
  public var padding: Int
  /// True if pixels beyond the edge count as 0; they count as -∞ otherwise.
  public var padsWithZeros = false

  /// A pool from its fields.
  package init(kernel: Int, stride: Int, padding: Int, padsWithZeros: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.padsWithZeros = padsWithZeros
  }
}

extension Pool: OperationDefinition {
  package var name: String { "max pool" }
  package var family: OperationFamily { .pool }
  package var window: SlidingWindow {
    SlidingWindow(kernel: kernel, stride: stride, padding: padding)
  }

  package var detail: String { Self.list(window.detail, padsWithZeros ? "zero-padded" : nil) }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    window.outputShape(of: inputs[0])
  }
}
