import CKernels
import COpenBLAS

/// A convolution with bias, optional residual and optional ReLU, its weights packed for one output size.
///
/// - input: [inputHeight, inputWidth, inputChannels]
/// - residual and output: [outputHeight, outputWidth, outputChannels]
/// - packed weights: [kernel row][kernel column][input channel of the group][output channel]
@safe package final class PreparedConvolution: Sendable {
  package let window: Window
  package let outputChannels: Int
  package let groups: Int
  package let relu: Bool
  private let weights: PackedWeights
  private let kernels: KernelTable
  private let tiles: Tiles
  private let cWindow: rz_window
  private let cGroups: rz_groups

  /// - Parameters:
  ///   - window: the geometry for one picture.
  ///   - weights: those of the convolution, packed; shared between sizes.
  ///   - relu: whether negative sums become 0.
  package init(window: Window, weights: PackedWeights, relu: Bool, kernels: KernelTable = .current) {
    precondition(window.channels == weights.inputChannels * weights.groups, "weights of another convolution")
    self.window = window
    self.outputChannels = weights.outputChannels
    self.groups = weights.groups
    self.relu = relu
    self.weights = weights
    self.kernels = kernels
    if groups == 1 {
      tiles = Tiles(pixels: window.outputPixels, channels: outputChannels, depth: window.depth)
    } else {
      // Whole rows, enough of them to be worth a task.
      let rows = max(1, min(window.outputHeight, 256 / window.outputWidth))
      tiles = Tiles(
        pixels: window.outputPixels, channels: outputChannels, pixelsPerTile: rows * window.outputWidth,
        channelsPerTile: outputChannels)
    }
    cWindow = window.c
    cGroups = rz_groups(
      output_channels: outputChannels, group_inputs: weights.inputChannels,
      group_outputs: outputChannels / groups)
    OpenBLAS.prepare()
  }

  /// Independent pieces of one picture's output.
  package var taskCount: Int { tiles.count }

  /// Floats of scratch that each worker needs.
  package var scratchCount: Int {
    if groups > 1 { return window.channels }
    return window.isPointwise ? 0 : tiles.pixelsPerTile * window.depth
  }

  /// What computes it, for tables.
  package var engine: String {
    groups > 1 ? "grouped direct" : window.isPointwise ? "gemm" : "im2col + gemm"
  }

  /// Computes one piece of one picture.
  ///
  /// - Parameters:
  ///   - residual: added before ReLU, if there is one.
  ///   - scratch: ``scratchCount`` floats of this worker, zero wherever no task has written to it: grouped
  ///     convolutions read zeros from it and write none.
  package func run(
    task: Int, input: UnsafePointer<Float>, residual: UnsafePointer<Float>?,
    output: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
  ) {
    let (pixels, channels) = tiles.ranges(of: task)
    let start = pixels.lowerBound * outputChannels + channels.lowerBound
    let tile = unsafe output + start
    if groups > 1 {
      unsafe runGrouped(pixels: pixels, input: input, tile: tile, zeros: scratch)
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

  private func runGrouped(
    pixels: Range<Int>, input: UnsafePointer<Float>, tile: UnsafeMutablePointer<Float>,
    zeros: UnsafeMutablePointer<Float>
  ) {
    unsafe zeros.update(repeating: 0, count: window.channels)
    unsafe withUnsafePointer(to: cWindow) { window in
      unsafe withUnsafePointer(to: cGroups) { groups in
        unsafe kernels.groupedConvolution(
          window, groups, pixels.lowerBound / self.window.outputWidth, pixels.count / self.window.outputWidth,
          input, weights.packed, zeros, tile)
      }
    }
  }
}
