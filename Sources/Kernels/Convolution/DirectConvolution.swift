import CKernels

/// A convolution window by window, for any groups, with sums in single or in double precision.
@safe final class DirectConvolution: ImagewiseKernel {
  private let geometry: ConvolutionGeometry
  private let weights: PackedWeights
  private let relu: Bool
  private let isExact: Bool
  private let kernels: KernelTable
  private let tiles: Tiles

  /// - Parameter isExact: true for sums in double precision.
  init(
    _ geometry: ConvolutionGeometry, weights: PackedWeights, relu: Bool, isExact: Bool, kernels: KernelTable
  ) {
    self.geometry = geometry
    self.weights = weights
    self.relu = relu
    self.isExact = isExact
    self.kernels = kernels
    tiles = Tiles(rowsOf: geometry.window)
  }

  var label: String { (isExact ? ConvolutionEngine.exact : .direct).rawValue }
  var weightBytes: Int { weights.byteCount }
  var pieceCount: Int { tiles.count }

  /// Zeros for one pixel.
  var scratchCount: Int { geometry.window.channels }

  func run(piece: Int, _ image: ImageCall) {
    let pixels = tiles.ranges(of: piece).pixels
    let channels = geometry.outputChannels
    let start = pixels.lowerBound * channels
    let width = geometry.window.outputWidth
    let zeros = unsafe image.scratch
    unsafe zeros.update(repeating: 0, count: geometry.window.channels)
    var window = geometry.window.c
    var groups = geometry.cGroups
    unsafe kernels.c.pointee.convolution.direct(
      &window, &groups, pixels.lowerBound / width, pixels.count / width, isExact, image.input, weights.packed,
      zeros, image.output + start)
    unsafe kernels.c.pointee.elementwise.epilogue(
      pixels.count, channels, image.output + start, weights.bias, image.residual.map { unsafe $0 + start },
      channels, relu)
  }
}
