import CKernels

/// The packing of weights [outputs, inputs of a group, kernel, kernel] into rows of columns, group after group.
struct WeightColumns {
  /// The order of the packed rows.
  enum Layout {
    /// Panels, each [tap][depth][column of the panel].
    case panels
    /// Panels of Winograd's transformed filters.
    case winograd
    /// Panels of bfloat16 numbers, each [run][pair][column of the panel] of two numbers.
    case pairs
    /// Rows of the columns of all groups, [tap][depth][column].
    case flat
  }

  var layout: Layout
  var groups: Int
  /// Columns of a group.
  var columns: Int
  /// Weights between two columns.
  var columnStride: Int
  /// Products of a column's sums for each tap.
  var depth: Int
  /// Weights between two products of a column.
  var depthStride: Int
  /// The place of each tap in a filter.
  var taps: [Int]
  /// Taps of a run of pairs.
  var runTaps = 1

  /// Rows for a convolution from a layer's inputs to its outputs.
  static func forward(_ geometry: ConvolutionGeometry, layout: Layout) -> Self {
    Self(
      layout: layout, groups: geometry.groups, columns: geometry.groupOutputs,
      columnStride: geometry.groupInputs * geometry.taps, depth: geometry.groupInputs,
      depthStride: geometry.taps, taps: Array(0..<geometry.taps),
      runTaps: geometry.runsAreRows ? geometry.window.kernel : 1)
  }

  /// Rows for a convolution from a layer's outputs to its inputs with some of its taps.
  static func backward(_ geometry: ConvolutionGeometry, layout: Layout, taps: [Int]) -> Self {
    Self(
      layout: layout, groups: geometry.groups, columns: geometry.groupInputs, columnStride: geometry.taps,
      depth: geometry.groupOutputs, depthStride: geometry.groupInputs * geometry.taps, taps: taps)
  }

  /// Packed rows of a group.
  private var rows: Int {
    switch layout {
    case .panels, .flat: taps.count * depth
    case .winograd: WinogradConvolution.tileArea * depth
    case .pairs: taps.count / runTaps * ((runTaps * depth + 1) / 2)
    }
  }

  /// Floats of all packed rows.
  func floatCount(_ kernels: KernelTable) -> Int {
    rows * (layout == .flat ? columns : kernels.padded(columns)) * groups
  }

  /// Pieces that may be packed at once, with the places of their weights and packed rows.
  func pieces(_ kernels: KernelTable, packedOffset: Int, tapsOffset: Int) -> [Piece] {
    guard !taps.isEmpty else { return [] }
    let panel = layout == .flat ? columns : kernels.panelWidth
    let groupWeights = max(columns * columnStride, depth * depthStride)
    let groupColumns = layout == .flat ? columns : kernels.padded(columns)
    var pieces: [Piece] = []
    for group in 0..<groups {
      for first in stride(from: 0, to: columns, by: panel) {
        let count = min(panel, columns - first)
        let width = layout == .flat ? count : kernels.padded(count)
        let column = group * groupColumns + first
        for start in stride(from: 0, to: depth, by: Self.depthAtOnce) {
          let c = rz_columns(
            columns: count, width: width, depth: depth, first: start,
            count: min(Self.depthAtOnce, depth - start), taps: taps.count, column_stride: columnStride,
            depth_stride: depthStride, stride: layout == .flat ? groups * columns : width)
          pieces.append(
            Piece(
              columns: c, layout: layout, runTaps: runTaps,
              weights: group * groupWeights + first * columnStride, scale: group * columns + first,
              packed: packedOffset + (layout == .flat ? column : column * rows), taps: tapsOffset))
        }
      }
    }
    return pieces
  }

  /// Rows of a piece: enough pieces for all workers, none of them small.
  private static let depthAtOnce = 64

  /// Some rows of one panel or group.
  struct Piece {
    var columns: rz_columns
    var layout: Layout
    var runTaps: Int
    /// The place of the first weight of its first column.
    var weights: Int
    /// The place of its first column's scale.
    var scale: Int
    /// The place of its first packed number.
    var packed: Int
    /// The place of its first tap in a list of taps.
    var taps: Int
  }
}
