package import Kernels
package import ResNetGraph

/// Kernels of the operations that slide a window and have no weights to learn, the same in inference and in training.
extension SlidingWindow {
  /// The window on feature maps of these shapes.
  package func placed(from input: FeatureShape, to output: FeatureShape) -> Window {
    Window(
      inputHeight: input.height, inputWidth: input.width, channels: input.channels,
      outputHeight: output.height, outputWidth: output.width, kernel: kernel, stride: stride,
      padding: padding, dilation: dilation)
  }
}

extension AveragePool {
  package func prepared(
    from input: FeatureShape, to output: FeatureShape, kernels: KernelTable = .current
  ) -> PreparedWeightedPool {
    PreparedWeightedPool(
      window: window.placed(from: input, to: output), weights: weights,
      edge: edge == .zeros ? .zeros : .nothing, kernels: kernels)
  }
}

extension Blur {
  package func prepared(
    from input: FeatureShape, to output: FeatureShape, kernels: KernelTable = .current
  ) -> PreparedWeightedPool {
    PreparedWeightedPool(
      window: window.placed(from: input, to: output), weights: weights, edge: .reflection, kernels: kernels)
  }
}

extension ZeroPadShortcut {
  /// - Parameter zero: the zero point of maps of bytes; nil for floats.
  package func prepared(
    from input: FeatureShape, to output: FeatureShape, zero: UInt8? = nil
  ) -> PreparedZeroPad {
    PreparedZeroPad(window: window.placed(from: input, to: output), padding: padding, zero: zero)
  }
}
