import CKernels

/// A convolution of few input channels as products over copies of the input's rows, with their padding: a kernel row is one
/// run of numbers there, so that loops are long and padding needs no test.
@safe final class RowCopyConvolution: ImagewiseKernel {
  private let geometry: ConvolutionGeometry
  private let weights: PackedWeights
  private let relu: Bool
  private let kernels: KernelTable
  private let tiles: Tiles

  /// - Parameter geometry: without groups and dilation.
  init(_ geometry: ConvolutionGeometry, weights: PackedWeights, relu: Bool, kernels: KernelTable) {
    self.geometry = geometry
    self.weights = weights
    self.relu = relu
    self.kernels = kernels
    tiles = Tiles(geometry, panels: kernels.panels(of: geometry.outputChannels))
  }

  var label: String { ConvolutionEngine.rowCopies.rawValue }
  var weightBytes: Int { weights.byteCount }
  var pieceCount: Int { tiles.count }

  /// A pointer to each kernel row of each pixel of a tile, then the rows under the tile.
  var scratchCount: Int {
    let window = geometry.window
    let outputRows = (tiles.pixelsPerTile + window.outputWidth - 2) / window.outputWidth + 1
    let rows = (outputRows - 1) * window.stride + window.kernel
    return SourceList.floatCount(tiles.pixelsPerTile * window.kernel)
      + rows * (window.inputWidth + 2 * window.padding) * window.channels
  }

  func run(piece: Int, _ image: ImageCall) {
    var window = geometry.window.c
    var groups = geometry.cGroups
    var part = tiles.part(piece)
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: image.residual, relu: relu)
    let list = unsafe SourceList(image.scratch, count: tiles.pixelsPerTile * geometry.window.kernel)
    unsafe kernels.c.pointee.convolution.product(
      &window, &groups, &part, true, image.input, weights.packed, &epilogue, list.sources, list.rest,
      image.output)
  }
}
