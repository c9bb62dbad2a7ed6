import CKernels

/// A convolution in pieces that are runs of pixels and of panels.
protocol PanelKernel: ImagewiseKernel {
  /// The output channels of a piece of a single pixel without groups.
  func outputChannels(of piece: Int) -> Range<Int>
}

/// A convolution as products of gathered pixels with panels of weights.
///
/// - input: [inputHeight, inputWidth, inputChannels]
/// - residual and output: [outputHeight, outputWidth, outputChannels]
@safe final class ProductConvolution: PanelKernel {
  private let geometry: ConvolutionGeometry
  private let weights: PackedWeights
  private let relu: Bool
  private let kernels: KernelTable
  private let tiles: Tiles

  init(_ geometry: ConvolutionGeometry, weights: PackedWeights, relu: Bool, kernels: KernelTable) {
    self.geometry = geometry
    self.weights = weights
    self.relu = relu
    self.kernels = kernels
    tiles = Tiles(geometry, panels: kernels.panels(of: geometry.groupOutputs) * geometry.groups)
  }

  var label: String { ConvolutionEngine.product.rawValue }
  var weightBytes: Int { weights.byteCount }
  var pieceCount: Int { tiles.count }

  /// A pointer to each pixel that a tile reads, then zeros for one pixel.
  var scratchCount: Int {
    SourceList.floatCount(tiles.pixelsPerTile * geometry.taps) + geometry.window.channels
  }

  func outputChannels(of piece: Int) -> Range<Int> {
    tiles.channels(of: piece, panelWidth: kernels.panelWidth, outputChannels: geometry.outputChannels)
  }

  func run(piece: Int, _ image: ImageCall) {
    var window = geometry.window.c
    var groups = geometry.cGroups
    var part = tiles.part(piece)
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: image.residual, relu: relu)
    let list = unsafe SourceList(image.scratch, count: tiles.pixelsPerTile * geometry.taps)
    unsafe kernels.c.pointee.convolution.product(
      &window, &groups, &part, false, image.input, weights.packed, &epilogue, list.sources, list.rest,
      image.output)
  }
}
