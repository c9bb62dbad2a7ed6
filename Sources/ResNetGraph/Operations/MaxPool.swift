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
  /// True if windows that hang over the far edges take the pixels that they have; else they are left out.
  public var isPartial = false

  /// A pool from its fields.
  package init(kernel: Int, stride: Int, padding: Int, padsWithZeros: Bool = false, isPartial: Bool = false) {
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.padsWithZeros = padsWithZeros
    self.isPartial = isPartial
  }
}

extension Pool: OperationDefinition {
  package var name: String { "max pool" }
  package var family: OperationFamily { .pool }
  package var window: SlidingWindow {
    SlidingWindow(kernel: kernel, stride: stride, padding: padding)
  }

  package var detail: String {
    Self.list(
      window.detail, padsWithZeros ? "zero-padded" : nil, isPartial ? "partial at the far edges" : nil)
  }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    guard isPartial else { return window.outputShape(of: inputs[0]) }
    var shape = inputs[0]
    shape.height = window.partialOutputSide(shape.height)
    shape.width = window.partialOutputSide(shape.width)
    return shape
  }
}
