/// The ways to compute a convolution.
package enum ConvolutionEngine: String, CaseIterable, Sendable {
  /// Products of gathered pixels with packed weights.
  case product
  /// The same over copies of the input's rows, where one kernel row is one run of numbers: for few input channels.
  case rowCopies = "rows"
  /// Winograd's F(4×4, 3×3): a quarter of the products, four times the weights.
  case winograd
  /// Registers that hold several groups of as many inputs as outputs.
  case grouped
  /// A loop over each window, for any groups.
  case direct
  /// Products of bfloat16 numbers, summed in single precision, over copies of the pixels or rows of the input.
  case bfloat16 = "bf16"
  /// A loop over each window with sums in double precision.
  case exact

  /// True if the engine computes such convolutions.
  package func serves(_ geometry: ConvolutionGeometry, kernels: KernelTable) -> Bool {
    let window = geometry.window
    switch self {
    case .product, .direct, .bfloat16, .exact: return true
    case .rowCopies: return geometry.groups == 1 && window.dilation == 1
    case .winograd:
      return geometry.groups == 1 && window.kernel == 3 && window.stride == 1 && window.dilation == 1
        && window.channels.isMultiple(of: kernels.lanes)
        && geometry.outputChannels.isMultiple(of: kernels.lanes)
    case .grouped: return geometry.sharesRegisters(kernels)
    }
  }

  /// The engine for a layer. It follows from the layer and the machine alone, never from the batch or the number of
  /// threads, so that an image's result does not depend on them.
  ///
  /// - Parameters:
  ///   - favorsLatency: true if few images must be fast; large transformed weights would then be the traffic.
  ///   - bfloat16: true if products may be of bfloat16 numbers.
  package static func choose(
    _ geometry: ConvolutionGeometry, exact: Bool = false, favorsLatency: Bool = false, bfloat16: Bool = false,
    kernels: KernelTable
  ) -> ConvolutionEngine {
    let engine = choose(geometry, exact: exact, favorsLatency: favorsLatency, kernels: kernels)
    return bfloat16 && [.product, .rowCopies].contains(engine) ? .bfloat16 : engine
  }

  private static func choose(
    _ geometry: ConvolutionGeometry, exact: Bool, favorsLatency: Bool, kernels: KernelTable
  ) -> ConvolutionEngine {
    if exact { return .exact }
    if geometry.groups > 1 {
      if geometry.groupOutputs.isMultiple(of: kernels.lanes) { return .product }
      return geometry.sharesRegisters(kernels) ? .grouped : .direct
    }
    if geometry.favorsRowCopies(kernels) { return .rowCopies }
    let filters = geometry.window.channels * geometry.outputChannels
    guard ConvolutionEngine.winograd.serves(geometry, kernels: kernels), filters >= smallestWinograd,
      !favorsLatency || filters <= largestWinogradForLatency
    else { return .product }
    return .winograd
  }

  /// Filters below which the transforms cost more than the products that they save (`reszoo bench MODEL --plan`).
  private static let smallestWinograd = 16 * 16
  /// Filters above which reading the transformed weights, 9 MiB of them, from memory takes longer than the products for one
  /// image (`reszoo bench MODEL --plan --batch 1` with both goals).
  private static let largestWinogradForLatency = 256 * 256
}
