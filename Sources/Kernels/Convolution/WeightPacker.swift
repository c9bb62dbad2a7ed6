import CKernels
import Threads

/// Packs weights in several layouts.
@safe final class WeightPacker: ParallelJob {
  private let kernels: KernelTable
  private var pieces: [WeightColumns.Piece] = []
  private var taps: [Int] = []
  /// Floats of all packed rows.
  private(set) var floatCount = 0
  private var weights: UnsafePointer<Float>?
  private var scale: UnsafePointer<Double>?
  private var packed: UnsafeMutablePointer<Float>?

  init(kernels: KernelTable) {
    self.kernels = kernels
  }

  /// Puts rows after those added so far.
  func add(_ columns: WeightColumns) {
    pieces += columns.pieces(kernels, packedOffset: floatCount, tapsOffset: taps.count)
    taps += columns.taps
    floatCount += columns.floatCount(kernels)
  }

  /// Packs weights.
  ///
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
        let (taps, from) = unsafe (first + piece.taps, weights + piece.weights)
        let factors = unsafe scale.map { unsafe $0 + piece.scale }
        let to = unsafe packed + piece.packed
        switch piece.layout {
        case .panels, .flat: unsafe packing.pack(columns, taps, from, factors, to)
        case .winograd: unsafe packing.pack_winograd(columns, taps, from, factors, to)
        case .pairs:
          unsafe kernels.bfloat16.pointee.pack(
            columns, taps, piece.runTaps, from, factors,
            UnsafeMutableRawPointer(to).assumingMemoryBound(to: UInt32.self))
        }
      }
    }
  }
}
