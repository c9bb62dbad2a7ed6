package import Kernels
package import Threads

/// Passes over flat arrays, several threads at once. Each works on ranges that depend on the arrays alone, and sums are taken in
/// the order of the ranges: the results do not depend on the number of threads.
@safe package final class FlatPasses {
  private let pool: WorkerPool
  private let kernels: UpdateKernels

  package init(pool: WorkerPool, kernels: KernelTable = .current) {
    self.pool = pool
    self.kernels = UpdateKernels(kernels)
  }

  /// The sum of the squares of all floats, which is finite exactly when all of them are.
  package func squares(_ values: UnsafePointer<Float>, count: Int) -> Double {
    let pieces = Self.pieces(of: 0..<count)
    let sums = PartialSums(count: pieces.count)
    let kernels = self.kernels
    run(pieces.count) { task in
      sums[task] = unsafe kernels.squares(
        count: pieces[task].count, values: values + pieces[task].lowerBound)
    }
    return sums.total
  }

  /// average += share · (values − average)
  package func blend(
    _ values: UnsafePointer<Float>, into average: UnsafeMutablePointer<Float>, count: Int, share: Float
  ) {
    let pieces = Self.pieces(of: 0..<count)
    let kernels = self.kernels
    run(pieces.count) { task in
      let start = pieces[task].lowerBound
      unsafe kernels.blend(
        count: pieces[task].count, share: share, values: values + start, average: average + start)
    }
  }

  /// Exchanges the contents of two arrays.
  package func exchange(_ a: UnsafeMutablePointer<Float>, _ b: UnsafeMutablePointer<Float>, count: Int) {
    for index in 0..<count { unsafe swap(&a[index], &b[index]) }
  }

  /// Calls a body for each task, several at once.
  func run(_ tasks: Int, _ body: (Int) -> Void) {
    withoutActuallyEscaping(body) { body in
      pool.run(ArrayPass(body), tasks: tasks)
    }
  }

  var updates: UpdateKernels { kernels }

  /// A range in pieces of ``pieceCount`` floats.
  static func pieces(of range: Range<Int>) -> [Range<Int>] {
    stride(from: range.lowerBound, to: range.upperBound, by: pieceCount).map { start in
      start..<min(start + pieceCount, range.upperBound)
    }
  }

  /// 128 KiB: the arrays of a pass over one piece fit a core's cache.
  private static let pieceCount = 1 << 15
}

/// A closure as the job of a pool.
private final class ArrayPass: ParallelJob {
  private let body: (Int) -> Void

  init(_ body: @escaping (Int) -> Void) { self.body = body }

  func run(task: Int, worker: Int) { body(task) }
}

/// Numbers from tasks, each of which writes those that are its own.
@safe final class PartialSums {
  private let values: UnsafeMutableBufferPointer<Double>

  /// So many zeros.
  init(count: Int) {
    unsafe values = .allocate(capacity: count)
    unsafe values.initialize(repeating: 0)
  }

  deinit { unsafe values.deallocate() }

  subscript(_ index: Int) -> Double {
    get { unsafe values[index] }
    set { unsafe values[index] = newValue }
  }

  /// The place of a number and those after it, valid as long as the object.
  ///
  /// - Precondition: there is such a number.
  func pointer(_ index: Int) -> UnsafeMutablePointer<Double> {
    guard let start = unsafe values.baseAddress else { preconditionFailure("no numbers") }
    return unsafe start + index
  }

  var total: Double { unsafe values.reduce(0, +) }
}
