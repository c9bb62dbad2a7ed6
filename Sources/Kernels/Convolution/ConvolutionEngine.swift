/// The ways to compute a convolution.
package enum ConvolutionEngine: String, Sendable {
  /// Products of gathered pixels with packed weights.
  case product
  /// The same over copies of the input's rows, where one kernel row is one run of numbers: for few input channels.
  case rows
  /// Winograd's F(4×4, 3×3): a quarter of the products, four times the weights.
  case winograd
  /// Registers that hold several groups of as many inputs as outputs.
  case grouped
  /// Window by window, for any groups.
  case direct
  /// Window by window with sums in double precision.
  case exact

  /// The engine for a layer. It follows from the layer and the machine alone, never from the batch or the number of
  /// threads, so that an image's result does not depend on them.
  ///
  /// - Parameter favorsLatency: whether few images must be fast; large transformed weights would then be the traffic.
  package static func choose(
    window: Window, outputChannels: Int, groups: Int, exact: Bool, favorsLatency: Bool, kernels: KernelTable
  ) -> ConvolutionEngine {
    if exact { return .exact }
    if groups > 1 {
      return grouped(window: window, outputChannels: outputChannels, groups: groups, kernels: kernels)
    }
    if window.kernel > 1, window.dilation == 1, window.channels < kernels.lanes { return .rows }
    let fits =
      window.kernel == 3 && window.stride == 1 && window.dilation == 1
      && window.channels.isMultiple(of: kernels.lanes) && outputChannels.isMultiple(of: kernels.lanes)
    guard fits, window.channels * outputChannels >= smallestWinograd else { return .product }
    if favorsLatency, window.channels * outputChannels > largestWinogradForLatency { return .product }
    return .winograd
  }

  private static func grouped(
    window: Window, outputChannels: Int, groups: Int, kernels: KernelTable
  ) -> ConvolutionEngine {
    let outputs = outputChannels / groups
    if outputs.isMultiple(of: kernels.lanes) { return .product }
    let fillsRegisters = kernels.lanes.isMultiple(of: outputs) && outputChannels.isMultiple(of: kernels.lanes)
    return fillsRegisters && window.channels == outputChannels ? .grouped : .direct
  }

  /// Filters below which the transforms cost more than the products that they save.
  private static let smallestWinograd = 16 * 16
  /// Filters above which reading the transformed weights from memory takes longer than the products for one image.
  private static let largestWinogradForLatency = 256 * 256
}
