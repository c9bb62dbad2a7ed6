/// Every channel's sum over 3×3 pixels with the weights [1, 2, 1]ᵀ[1, 2, 1] / 16, the input reflected by one pixel on all
/// sides without repeating its edge (Zhang 2019). Takes two pixels at least in both directions.
public struct Blur: Hashable, Sendable {
  /// Distance of neighbouring windows, in pixels of the input, in both directions.
  public var stride: Int

  /// A blur from its field.
  package init(stride: Int) {
    self.stride = stride
  }
}

extension Blur: OperationDefinition {
  package var name: String { "blur" }
  package var family: OperationFamily { .pool }
  package var detail: String { window.detail }
  package var window: SlidingWindow { SlidingWindow(kernel: 3, stride: stride, padding: 1) }

  /// The weight of each row of a window, and of each column; a pixel's weight is the product.
  package var weights: [Float] { [0.25, 0.5, 0.25] }

  package func outputShape(of inputs: [FeatureShape]) -> FeatureShape {
    // One pixel has no neighbour to reflect.
    let (height, width) = (inputs[0].height, inputs[0].width)
    return FeatureShape(
      channels: inputs[0].channels, height: height < 2 ? 0 : window.outputSide(height),
      width: width < 2 ? 0 : window.outputSide(width))
  }
}
