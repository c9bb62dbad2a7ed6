import CKernels

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
    case flat
  }

  var layout: Layout
  var groups: Int
  /// Columns of a group, and weights between two of them.
  var columns: Int
  var columnStride: Int
  /// Products of a column's sums for each tap, and weights between two of them.
  var depth: Int
  var depthStride: Int
  /// Where each tap lies in a filter.
  var taps: [Int]

  /// Rows for a convolution from a layer's inputs to its outputs.
  static func forward(layout: Layout, inputs: Int, outputs: Int, groups: Int, taps: Int) -> Self {
    Self(
      layout: layout, groups: groups, columns: outputs / groups, columnStride: inputs / groups * taps,
      depth: inputs / groups, depthStride: taps, taps: Array(0..<taps))
  }

  /// Rows for a convolution from a layer's outputs to its inputs with some of its taps.
  static func backward(
    layout: Layout, inputs: Int, outputs: Int, groups: Int, filter: Int, taps: [Int]
  ) -> Self {
    Self(
      layout: layout, groups: groups, columns: inputs / groups, columnStride: filter, depth: outputs / groups,
      depthStride: inputs / groups * filter, taps: taps)
  }

  private var numbers: Int { layout == .winograd ? PreparedWinograd.tileArea : taps.count }

  /// Floats of all packed rows.
  func floatCount(_ kernels: KernelTable) -> Int {
    numbers * depth * (layout == .flat ? columns : kernels.padded(columns)) * groups
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
              columns: c, isWinograd: layout == .winograd,
              weights: group * groupWeights + first * columnStride, scale: group * columns + first,
              packed: packedOffset + (layout == .flat ? column : column * numbers * depth), taps: tapsOffset))
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
    /// The place of its first column's scale.
    var scale: Int
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
  private var scale: UnsafePointer<Double>?
  private var packed: UnsafeMutablePointer<Float>?

  init(kernels: KernelTable) {
    self.kernels = kernels
  }

  /// Has columns packed from then on, from `packedOffset` floats on.
  func add(_ columns: WeightColumns, packedOffset: Int = 0) {
    pieces += columns.pieces(kernels, packedOffset: packedOffset, tapsOffset: taps.count)
    taps += columns.taps
  }

  /// - Parameter scale: one factor for each column of all groups; nil for none.
  func pack(
    _ weights: UnsafePointer<Float>, scale: UnsafePointer<Double>? = nil,
    into packed: UnsafeMutablePointer<Float>, pool: WorkerPool
  ) {
    unsafe self.weights = weights
    unsafe self.scale = scale
    unsafe self.packed = packed
    pool.run(self, tasks: pieces.count)
  }

  func run(task: Int, worker: Int) {
    guard let weights = unsafe weights, let packed = unsafe packed else { return }
    let piece = pieces[task]
    unsafe taps.withUnsafeBufferPointer { taps in
      guard let first = taps.baseAddress else { return }
      unsafe withUnsafePointer(to: piece.columns) { columns in
        let packing = unsafe kernels.c.pointee.packing
        let pack = unsafe piece.isWinograd ? packing.pack_winograd : packing.pack
        unsafe pack(
          columns, first + piece.taps, weights + piece.weights, scale.map { unsafe $0 + piece.scale },
          packed + piece.packed)
      }
    }
  }
}
