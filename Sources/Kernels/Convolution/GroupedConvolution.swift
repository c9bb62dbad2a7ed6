import CKernels

/// A convolution of narrow groups, each of as many inputs as outputs, whose registers hold several whole groups.
@safe final class GroupedConvolution: ImagewiseKernel {
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
    tiles = Tiles(geometry, panels: geometry.outputChannels / kernels.lanes)
  }

  var label: String { ConvolutionEngine.grouped.rawValue }
  var weightBytes: Int { weights.byteCount }
  var pieceCount: Int { tiles.count }

  /// A pointer to each pixel that a tile reads, then zeros for one pixel.
  var scratchCount: Int {
    SourceList.floatCount(tiles.pixelsPerTile * geometry.taps) + geometry.window.channels
  }

  func run(piece: Int, _ image: ImageCall) {
    var window = geometry.window.c
    var groups = geometry.cGroups
    var part = tiles.part(piece)
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: image.residual, relu: relu)
    let list = unsafe SourceList(image.scratch, count: tiles.pixelsPerTile * geometry.taps)
    unsafe kernels.c.pointee.convolution.grouped(
      &window, &groups, &part, image.input, weights.packed, &epilogue, list.sources, list.rest, image.output)
  }
}
