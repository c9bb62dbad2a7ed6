package import Kernels
import TensorCore
package import Threads

/// An average of numbers over the steps of a training in which older ones count less and less. The first step's numbers begin it,
/// as in PyTorch's `AveragedModel`.
package final class ExponentialMovingAverage {
  /// The share that the average keeps of itself in a step, 0 up to 1.
  package let decay: Double
  /// The number of steps that went into it.
  package private(set) var updates: Int
  package let values: FlatArray
  private let passes: FlatPasses

  package init(decay: Double, count: Int, pool: WorkerPool, kernels: KernelTable = .current) {
    self.decay = decay
    updates = 0
    values = FlatArray(count: count)
    passes = FlatPasses(pool: pool, kernels: kernels)
  }

  /// Takes in the numbers of one more step.
  ///
  /// - Precondition: there are as many as in the average.
  package func update(_ current: Span<Float>) {
    precondition(current.count == values.count, "\(current.count) numbers for an average of \(values.count)")
    let share: Float = updates == 0 ? 1 : Float(1 - decay)
    updates += 1
    unsafe current.withUnsafeBufferPointer { current in
      guard let start = current.baseAddress else { return }
      // With a share of 1, 0 + 1 · (x − 0) is x.
      unsafe passes.blend(start, into: values.pointer, count: current.count, share: share)
    }
  }

  /// Exchanges the average and the current numbers. Twice, and all is as before.
  package func exchange(with current: inout MutableSpan<Float>) {
    precondition(current.count == values.count, "\(current.count) numbers for an average of \(values.count)")
    unsafe current.withUnsafeMutableBufferPointer { current in
      guard let start = current.baseAddress else { return }
      unsafe passes.exchange(start, values.pointer, count: values.count)
    }
  }

  /// Continues an average of so many steps, whose numbers the caller sets.
  package func restore(updates: Int) { self.updates = updates }
}
