import CKernels

/// The pixels of a layer's input that a transposed convolution reaches with the same taps: of each side every stride-th.
struct Phase {
  var c: rz_phase
  /// The places of its taps in the filter, in the order in which it visits them.
  var taps: [Int]
  /// The place of the first of its packed weights.
  var packedOffset = 0
  var tiles: Tiles

  /// One side of a phase.
  private struct Side {
    /// The first pixel of the input, and their number.
    var first: Int
    var count: Int
    /// The output pixel that the first one reads with its first tap.
    var start: Int
    var taps: [Int]
  }

  /// Floats of sources, zeros and sums that a worker needs.
  ///
  /// - Parameter sourceChannels: channels of the gradients that it reads.
  func scratchCount(sourceChannels: Int, kernels: KernelTable) -> Int {
    SourceList.floatCount(Tiles.pixelsAtMost * taps.count) + sourceChannels
      + Tiles.pixelsAtMost * kernels.panelWidth
  }

  init(c: rz_phase, taps: [Int], panels: Int, depth: Int) {
    self.c = c
    self.taps = taps
    tiles = Tiles(pixels: c.height * c.width, panels: panels, channels: depth)
  }

  /// All phases of a layer that have pixels.
  ///
  /// - Parameter spread: true if registers hold several groups.
  static func all(of geometry: ConvolutionGeometry, spread: Bool, kernels: KernelTable) -> [Phase] {
    let window = geometry.window
    let panels =
      spread
      ? window.channels / kernels.lanes : kernels.panels(of: geometry.groupInputs) * geometry.groups
    let rows = sides(window, size: window.inputHeight)
    let columns = sides(window, size: window.inputWidth)
    return rows.flatMap { row in
      columns.map { column in
        let c = rz_phase(
          source_height: window.outputHeight, source_width: window.outputWidth,
          source_stride: geometry.outputChannels, taps_down: row.taps.count, taps_across: column.taps.count,
          reach: window.dilation / divisor(window), top: row.start, left: column.start, height: row.count,
          width: column.count, first_row: row.first, first_column: column.first, stride: window.stride,
          target_width: window.inputWidth, target_stride: window.channels)
        return Phase(
          c: c, taps: row.taps.flatMap { y in column.taps.map { x in y * window.kernel + x } },
          panels: panels, depth: geometry.groupOutputs)
      }
    }
  }

  /// The phases of one side. Input pixel i is read by output pixel o with tap k where i + padding = o * stride + k * dilation.
  private static func sides(_ window: Window, size: Int) -> [Side] {
    (0..<min(window.stride, size)).map { first in
      let taps = (0..<window.kernel).filter {
        (first + window.padding - $0 * window.dilation).isMultiple(of: window.stride)
      }
      let start = taps.first.map { (first + window.padding - $0 * window.dilation) / window.stride } ?? 0
      return Side(
        first: first, count: (size - first + window.stride - 1) / window.stride, start: start, taps: taps)
    }
  }

  /// The number by which the stride is divided to give the distance between two taps of a phase.
  private static func divisor(_ window: Window) -> Int {
    var (a, b) = (window.dilation, window.stride)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
