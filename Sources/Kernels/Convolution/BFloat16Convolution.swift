import CKernels

/// A convolution as products of bfloat16 numbers, summed in single precision, with panels of packed pairs of weights.
///
/// Feature maps are float32: a piece rounds the inputs under it once, into scratch, for all its panels.
///
/// - input: [inputHeight, inputWidth, inputChannels]
/// - residual and output: [outputHeight, outputWidth, outputChannels]
@safe final class BFloat16Convolution: PanelKernel {
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

  var label: String { ConvolutionEngine.bfloat16.rawValue }
  var weightBytes: Int { weights.byteCount }
  var pieceCount: Int { tiles.count }

  private var sourceCount: Int { tiles.pixelsPerTile * geometry.runs }

  /// A pointer to each run of each pixel of a tile, then the rounded inputs under the tile and a pair of zeros.
  var scratchCount: Int {
    let window = geometry.window
    let pixelWidth = geometry.groups * ((geometry.groupInputs + 1) / 2 * 2)
    var pixels = tiles.pixelsPerTile
    if window.kernel > 1 || window.padding > 0 {
      let outputRows = (tiles.pixelsPerTile + window.outputWidth - 2) / window.outputWidth + 1
      let rows = (outputRows - 1) * window.stride + (window.kernel - 1) * window.dilation + 1
      pixels = rows * (window.inputWidth + 2 * window.padding)
    }
    return SourceList.floatCount(sourceCount) + pixels * pixelWidth / 2 + 1
  }

  func outputChannels(of piece: Int) -> Range<Int> {
    tiles.channels(of: piece, panelWidth: kernels.panelWidth, outputChannels: geometry.outputChannels)
  }

  func run(piece: Int, _ image: ImageCall) {
    var window = geometry.window.c
    var groups = geometry.cGroups
    var part = tiles.part(piece)
    var epilogue = unsafe rz_epilogue(bias: weights.bias, residual: image.residual, relu: relu)
    let list = unsafe SourceList(image.scratch, count: sourceCount)
    let sources = unsafe UnsafeMutableRawPointer(list.sources)
    unsafe kernels.bfloat16.pointee.product(
      &window, &groups, &part, geometry.runsAreRows, image.input,
      UnsafeRawPointer(weights.packed).assumingMemoryBound(to: UInt32.self), &epilogue,
      sources.assumingMemoryBound(to: UnsafePointer<UInt16>?.self),
      UnsafeMutableRawPointer(list.rest).assumingMemoryBound(to: UInt16.self), image.output)
  }
}
