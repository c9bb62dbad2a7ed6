/// A square window that slides over the height and width of a feature map.
package struct SlidingWindow: Hashable, Sendable {
  /// Height and width of the window, in taps.
  package var kernel: Int
  /// Distance of neighbouring windows, in pixels of the input.
  package var stride: Int
  /// Pixels that the input is extended by on each side.
  package var padding = 0
  /// Distance of neighbouring taps, in pixels of the input.
  package var dilation = 1

  /// Positions that the window has along one side; 0 when it does not fit.
  func outputSide(_ side: Int) -> Int {
    let room = side + 2 * padding - (dilation * (kernel - 1) + 1)
    return room < 0 ? 0 : room / stride + 1
  }

  /// Positions along one side with those that hang over its end: as many as begin within it, and one after the first that
  /// reaches its end begins no more. For a window without padding.
  func partialOutputSide(_ side: Int) -> Int {
    min((max(side - kernel, 0) + stride - 1) / stride, (side - 1) / stride) + 1
  }

  /// The positions over a feature map, with its channels.
  func outputShape(of input: FeatureShape) -> FeatureShape {
    FeatureShape(
      channels: input.channels, height: outputSide(input.height), width: outputSide(input.width))
  }

  /// The size in tables, for example `3×3, stride 2`.
  var detail: String {
    "\(kernel)×\(kernel)" + (stride > 1 ? ", stride \(stride)" : "")
  }
}
