import CKernels
import Threads

/// How weights [outputs, inputs of a group, kernel, kernel] become packed rows of columns, those of one group after those
/// of another.
struct WeightColumns {
  /// What the packed rows are for.
  enum Layout {
    /// Panels, each [tap][depth][column of the panel].
    case panels
    /// Panels of Winograd's transformed filters.
    case winograd
    /// [tap][depth][column of all groups]
    case rows
  }

  var layout: Layout
  var groups: Int
  /// Columns of a group, and weights between two of them.
  var columns: Int
  var columnStep: Int
  /// Products of a column's sums for each tap, and weights between two of them.
  var depth: Int
  var depthStep: Int
  /// Where each tap lies in a filter.
  var taps: [Int]

  /// Rows for a convolution from a layer's inputs to its outputs.
  static func forward(layout: Layout, inputs: Int, outputs: Int, groups: Int, taps: Int) -> Self {
    Self(
      layout: layout, groups: groups, columns: outputs / groups, columnStep: inputs / groups * taps,
      depth: inputs / groups, depthStep: taps, taps: Array(0..<taps))
  }

  /// Rows for a convolution from a layer's outputs to its inputs with some of its taps.
  static func backward(
    layout: Layout, inputs: Int, outputs: Int, groups: Int, filter: Int, taps: [Int]
  ) -> Self {
    Self(
      layout: layout, groups: groups, columns: inputs / groups, columnStep: filter, depth: outputs / groups,
      depthStep: inputs / groups * filter, taps: taps)
  }

  private var numbers: Int { layout == .winograd ? PreparedWinograd.tileArea : taps.count }

  /// Floats of all packed rows.
  func floatCount(_ kernels: KernelTable) -> Int {
    numbers * depth * (layout == .rows ? columns : kernels.padded(columns)) * groups
  }

  /// Pieces that may be packed at once, with the places of their weights and packed rows.
  func pieces(_ kernels: KernelTable, packedOffset: Int, tapsOffset: Int) -> [Piece] {
    guard !taps.isEmpty else { return [] }
    let panel = layout == .rows ? columns : kernels.panelWidth
    let groupWeights = max(columns * columnStep, depth * depthStep)
    let groupColumns = layout == .rows ? columns : kernels.padded(columns)
    var pieces: [Piece] = []
    for group in 0..<groups {
      for first in stride(from: 0, to: columns, by: panel) {
        let count = min(panel, columns - first)
        let width = layout == .rows ? count : kernels.padded(count)
        let column = group * groupColumns + first
        for start in stride(from: 0, to: depth, by: Self.depthAtOnce) {
          let c = rz_columns(
            columns: count, width: width, depth: depth, first: start,
            count: min(Self.depthAtOnce, depth - start), taps: taps.count, column_step: columnStep,
            depth_step: depthStep, stride: layout == .rows ? groups * columns : width)
          pieces.append(
            Piece(
              columns: c, isWinograd: layout == .winograd,
              weights: group * groupWeights + first * columnStep,
              packed: packedOffset + (layout == .rows ? column : column * numbers * depth), taps: tapsOffset))
        }
      }
    }
    return pieces
  }

  private static let depthAtOnce = 64

  /// Some rows of one panel or group.
  struct Piece {
    var columns: rz_columns
    var isWinograd: Bool
    /// Where the weights of its first column begin.
    var weights: Int
    var packed: Int
    /// Where its taps begin in a list.
    var taps: Int
  }
}

/// Packs weights in several layouts.
@safe final class WeightPacker: ParallelJob {
  private let kernels: KernelTable
  private var pieces: [WeightColumns.Piece] = []
  private var taps: [Int] = []
  private var weights: UnsafePointer<Float>?
  private var packed: UnsafeMutablePointer<Float>?

  init(kernels: KernelTable) {
    self.kernels = kernels
  }

  /// Has columns packed from then on, from `packedOffset` floats on.
  func add(_ columns: WeightColumns, packedOffset: Int = 0) {
    pieces += columns.pieces(kernels, packedOffset: packedOffset, tapsOffset: taps.count)
    taps += columns.taps
  }

  func pack(_ weights: UnsafePointer<Float>, into packed: UnsafeMutablePointer<Float>, pool: WorkerPool) {
    unsafe self.weights = weights
    unsafe self.packed = packed
    pool.run(self, tasks: pieces.count)
  }

  func run(task: Int, worker: Int) {
    guard let weights = unsafe weights, let packed = unsafe packed else { return }
    let piece = pieces[task]
    unsafe taps.withUnsafeBufferPointer { taps in
      guard let first = taps.baseAddress else { return }
      unsafe withUnsafePointer(to: piece.columns) { columns in
        let pack =
          unsafe piece.isWinograd ? kernels.gradients.packWinogradColumns : kernels.gradients.packColumns
        unsafe pack(columns, first + piece.taps, weights + piece.weights, packed + piece.packed)
      }
    }
  }
}
