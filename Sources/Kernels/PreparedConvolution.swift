import CKernels
import COpenBLAS

/// A convolution with bias, optional residual and optional ReLU, its weights packed for one output size.
///
/// - input: [inputHeight, inputWidth, inputChannels]
/// - residual and output: [outputHeight, outputWidth, outputChannels]
/// - packed weights: [kernel row][kernel column][input channel of the group][output channel]
@safe package final class PreparedConvolution: Sendable {
  package let window: Window
  private let outputChannels: Int
  private let relu: Bool
  private let method: Method
  private let weights: PackedWeights
  private let kernels: KernelTable
  private let tiles: Tiles
  private let cWindow: rz_window
  private let cGroups: rz_groups

  /// - Parameters:
  ///   - window: the geometry for one picture.
  ///   - weights: those of the convolution, packed; shared between sizes.
  ///   - relu: whether negative sums become 0.
  ///   - exact: whether sums are in double precision, which takes several times as long.
  package init(
    window: Window, weights: PackedWeights, relu: Bool, exact: Bool = false, kernels: KernelTable = .current
  ) {
    precondition(window.channels == weights.inputChannels * weights.groups, "weights of another convolution")
    self.window = window
    self.outputChannels = weights.outputChannels
    self.relu = relu
    self.weights = weights
    self.kernels = kernels
    let tiles = Tiles(pixels: window.outputPixels, channels: outputChannels, depth: window.depth)
    if exact {
      method = .exactDirect
    } else if weights.groups > 1
      || tiles.pixelsPerTile * tiles.channelsPerTile * window.depth < Self.smallestProduct
    {
      method = .direct
    } else {
      method = window.isPointwise ? .product : .columnsProduct
    }
    self.tiles = method.isDirect ? Tiles(rowsOf: window, channels: outputChannels) : tiles
    cWindow = window.c
    cGroups = rz_groups(
      output_channels: outputChannels, group_inputs: weights.inputChannels,
      group_outputs: outputChannels / weights.groups)
    OpenBLAS.prepare()
  }

  /// Independent pieces of one picture's output.
  package var taskCount: Int { tiles.count }

  /// Floats of scratch that each worker needs.
  package var scratchCount: Int {
    switch method {
    case .product: 0
    case .columnsProduct: tiles.pixelsPerTile * window.depth
    case .direct, .exactDirect: window.channels
    }
  }

  /// Multiplications of a tile below which a matrix product is not worth its preparation.
  private static let smallestProduct = 1 << 20

  private enum Method {
    /// One matrix product over the input as it lies.
    case product
    /// A matrix product over the windows, written out one after the other.
    case columnsProduct
    /// Window by window.
    case direct
    /// Window by window with sums in double precision.
    case exactDirect

    var isDirect: Bool { self == .direct || self == .exactDirect }
  }

  /// Computes one piece of one picture.
  ///
  /// - Parameters:
  ///   - residual: added before ReLU, if there is one.
  ///   - scratch: ``scratchCount`` floats of this worker.
  package func run(
    task: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let (pixels, channels) = tiles.ranges(of: task)
    let start = pixels.lowerBound * outputChannels + channels.lowerBound
    let tile = unsafe output + start
    if method.isDirect {
      unsafe runDirect(pixels: pixels, input: input, tile: tile, zeros: scratch)
    } else {
      unsafe multiply(pixels: pixels, channels: channels, input: input, tile: tile, scratch: scratch)
    }
    unsafe kernels.epilogue(
      pixels.count, channels.count, tile, weights.bias + channels.lowerBound,
      residual.map { unsafe $0 + start },
      outputChannels, relu)
  }

  private func multiply(
    pixels: Range<Int>, channels: Range<Int>, input: UnsafePointer<Float>, tile: UnsafeMutablePointer<Float>,
    scratch: UnsafeMutablePointer<Float>
  ) {
    let depth = window.depth
    let columns: UnsafePointer<Float>
    if window.isPointwise {
      unsafe columns = input + pixels.lowerBound * depth
    } else {
      unsafe withUnsafePointer(to: cWindow) { window in
        unsafe kernels.im2col(window, pixels.lowerBound, pixels.count, input, scratch)
      }
      unsafe columns = UnsafePointer(scratch)
    }
    unsafe cblas_sgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(pixels.count), Int32(channels.count), Int32(depth), 1,
      columns, Int32(depth), weights.packed + channels.lowerBound, Int32(outputChannels), 0, tile,
      Int32(outputChannels))
  }

  private func runDirect(
    pixels: Range<Int>, input: UnsafePointer<Float>, tile: UnsafeMutablePointer<Float>,
    zeros: UnsafeMutablePointer<Float>
  ) {
    unsafe zeros.update(repeating: 0, count: window.channels)
    unsafe withUnsafePointer(to: cWindow) { window in
      unsafe withUnsafePointer(to: cGroups) { groups in
        unsafe kernels.directConvolution(
          window, groups, pixels.lowerBound / self.window.outputWidth, pixels.count / self.window.outputWidth,
          method == .exactDirect, input, weights.packed, zeros, tile)
      }
    }
  }
}
