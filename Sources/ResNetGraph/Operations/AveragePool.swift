/// The mean of a square window whose first pixel is `stride` times the output's.
public struct AveragePool: Hashable, Sendable {
  /// The treatment of windows that hang over the far edges.
  public enum Edge: Hashable, Sendable {
    /// They are left out (PyTorch's `AvgPool2d`).
    case dropped
    /// They average the pixels that they have (`ceil_mode=True, count_include_pad=False`).
    case partial
    /// They take zeros for the pixels that they lack; at stride 1 (TensorFlow's SAME).
    case zeros
  }

  /// Height and width of the window.
  public var kernel: Int
  /// Distance of neighbouring windows, in pixels of the input, in both directions.
  public var stride: Int
  /// The treatment of windows that hang over the far edges.
  public var edge: Edge

  /// A pool from its fields.
  package init(kernel: Int, stride: Int, edge: Edge) {
    self.kernel = kernel
    self.stride = stride
    self.edge = edge
  }
}

extension AveragePool: OperationDefinition {
  package var name: String { "average pool" }
  package var family: OperationFamily { .pool }
  package var detail: String { window.detail }
  package var window: SlidingWindow { SlidingWindow(kernel: kernel, stride: stride) }

  /// The weight of each row of a window, and of each column; a pixel's weight is the product.
  package var weights: [Float] { Array(repeating: 1 / Float(kernel), count: kernel) }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    var shape = inputs[0]
    shape.height = outputSide(shape.height)
    shape.width = outputSide(shape.width)
    return shape
  }

  /// Windows along one side; 0 when none fits.
  private func outputSide(_ side: Int) -> Int {
    switch edge {
    case .dropped: window.outputSide(side)
    case .partial: window.partialOutputSide(side)
    case .zeros: side
    }
  }
}
