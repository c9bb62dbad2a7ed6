import TensorCore
package import Threads

/// The numbers that convolutions in training multiply and sum up. Weights, feature maps and gradients between them are of single precision
/// always.
package enum TrainingArithmetic: Sendable {
  /// Single precision.
  case single
  /// Outputs are summed in double precision, several times slower; gradients are not.
  case double
  /// Products of bfloat16 numbers, summed in single precision, except where Winograd's algorithm serves, in groups that share registers, and
  /// in gradients of inputs that a stride or a larger window spreads.
  case bfloat16
}

/// The workers, the kernels and the memory within a call that the layers of one network share in training.
///
/// A layer reserves its memory when it is made; nothing is allocated later. The layers of one workspace run one at a time.
@safe package final class TrainingWorkspace {
  package let pool: WorkerPool
  let kernels: KernelTable
  let arithmetic: TrainingArithmetic
  private var workerCount = 0
  private var sharedCount = 0
  private var buffer = AlignedBuffer(floatCount: 0)

  package init(
    pool: WorkerPool, kernels: KernelTable = .current, arithmetic: TrainingArithmetic = .single
  ) {
    self.pool = pool
    self.arithmetic = arithmetic
    self.kernels = kernels
  }

  /// Makes room for at least so many floats for each worker, and so many for all of them together.
  func reserve(worker: Int, shared: Int = 0) {
    guard worker > workerCount || shared > sharedCount else { return }
    // Whole cache lines, so that no two workers write to the same one.
    workerCount = max(workerCount, (worker + 15) / 16 * 16)
    sharedCount = max(sharedCount, (shared + 15) / 16 * 16)
    buffer = AlignedBuffer(
      floatCount: sharedCount + workerCount * pool.threadCount, uninitialized: true)
  }

  /// The memory that all workers share.
  var shared: UnsafeMutablePointer<Float> {
    unsafe buffer.baseAddress.assumingMemoryBound(to: Float.self)
  }

  /// The memory of one worker, aligned to a cache line.
  func scratch(of worker: Int) -> UnsafeMutablePointer<Float> {
    unsafe shared + (sharedCount + worker * workerCount)
  }
}
