import CKernels

/// The pixels of a layer's input that a transposed convolution reaches with the same taps: of each side every stride-th.
struct Phase {
  var c: rz_phase
  /// Where its taps lie in the filter, in the order in which it visits them.
  var taps: [Int]
  /// Where its packed weights begin.
  var packedOffset = 0
  var tiles: Tiles

  /// One side of a phase.
  private struct Side {
    /// The first pixel of the input, and how many there are.
    var first: Int
    var count: Int
    /// The output pixel that the first one reads with its first tap.
    var start: Int
    var taps: [Int]
  }

  /// Floats of sources, zeros and sums that a worker needs.
  func scratchCount(groups: rz_groups, kernels: KernelTable) -> Int {
    let sources = Tiles.pixelsAtMost * taps.count * MemoryLayout<UInt>.stride / MemoryLayout<Float>.stride
    return sources + Self.zeros(groups) + Tiles.pixelsAtMost * kernels.panelWidth
  }

  /// Channels of the source.
  private static func zeros(_ groups: rz_groups) -> Int {
    groups.output_channels / groups.group_outputs * groups.group_inputs
  }

  init(c: rz_phase, taps: [Int], panels: Int, depth: Int) {
    self.c = c
    self.taps = taps
    tiles = Tiles(
      pixels: c.height * c.width, panels: panels, channels: depth, rows: PreparedConvolution.rows)
  }

  /// All phases of a layer that have pixels.
  ///
  /// - Parameter panels: pieces of the input channels that a kernel may take apart.
  static func all(of layer: TrainedLayer, panels: Int) -> [Phase] {
    let window = layer.window
    let rows = sides(window, size: window.inputHeight)
    let columns = sides(window, size: window.inputWidth)
    return rows.flatMap { row in
      columns.map { column in
        let c = rz_phase(
          source_height: window.outputHeight, source_width: window.outputWidth,
          source_stride: layer.outputChannels, taps_down: row.taps.count, taps_across: column.taps.count,
          reach: window.dilation / divisor(window), top: row.start, left: column.start, height: row.count,
          width: column.count, first_row: row.first, first_column: column.first, stride: window.stride,
          target_width: window.inputWidth, target_stride: window.channels)
        return Phase(
          c: c, taps: row.taps.flatMap { y in column.taps.map { x in y * window.kernel + x } },
          panels: panels, depth: layer.groupOutputs)
      }
    }
  }

  /// Input pixel i is read by output pixel o with tap k where i + padding = o * stride + k * dilation.
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

  /// Taps of a phase follow each other by the stride over this.
  private static func divisor(_ window: Window) -> Int {
    var (a, b) = (window.dilation, window.stride)
    while b != 0 { (a, b) = (b, a % b) }
    return a
  }
}
