import ResNetModel
import TensorCore
import Threads

/// Runs stacks of blocks, a network for each seed with shortcuts and without, as many at once as there are workers.
final class StackJob: ParallelJob {
  /// The number of tasks that were done before.
  private var start = 0
  private let stack: GradientStack
  private let seeds: [UInt64]
  private let results: Locked<[Int: Result<GradientProfile.Run, any Error>]>

  init(_ stack: GradientStack, seeds: [UInt64]) {
    self.stack = stack
    self.seeds = seeds
    results = Locked([:])
  }

  /// Runs all networks, a few at a time.
  ///
  /// - Parameter progress: gets the number of networks done. An error that it throws ends the work.
  func run(on pool: WorkerPool, progress: (_ done: Int) throws -> Void) rethrows {
    let total = 2 * seeds.count
    let together = max(1, min(pool.threadCount, Machine.memoryByteCount / 2 / max(1, stack.byteCount)))
    while start < total {
      let count = min(together, total - start)
      pool.run(self, tasks: count)
      start += count
      try progress(start)
    }
  }

  func run(task: Int, worker: Int) {
    let task = start + task
    let seed = seeds[task / 2]
    let result = Result {
      let exact = ExactStack(
        try Model(untrained: stack.architecture(shortcuts: task % 2 == 1), seed: seed), blocks: stack.paths)
      let (loss, norms) = exact.run(stack.input(seed: seed))
      return GradientProfile.Run(seed: seed, loss: loss, norms: norms)
    }
    results.withLock { $0[task] = result }
  }

  /// The networks, plain and residual, after all tasks.
  func profiles() throws -> [GradientProfile] {
    let results = results.withLock { $0 }
    return try ["plain", "residual"].enumerated().map { kind, name in
      let runs = try seeds.indices.compactMap { try results[2 * $0 + kind]?.get() }
      return GradientProfile(
        name: name, hasShortcuts: kind == 1, weights: .initial, blocks: stack.paths,
        runs: runs)
    }
  }
}
