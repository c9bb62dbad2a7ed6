import Synchronization
import Threads

/// Runs independent jobs on several threads.
enum Parallel {
  /// The number of threads for a request of `threads`, where 0 means all processors, and `jobs` jobs.
  static func threadCount(_ threads: Int, jobs: Int) -> Int {
    let wanted = threads > 0 ? threads : WorkerPool.defaultThreadCount
    return max(1, min(wanted, jobs, 256))
  }

  /// Most bytes of all workers together: large chunks are worked on by fewer threads.
  private static let workerBudget = 12 << 20

  /// Runs `body` for each of `0..<jobs`, in ascending order of their start. Every thread has a worker of its own.
  ///
  /// - Parameter workerByteCount: the memory that one worker takes.
  /// - Throws: the error of the lowest job that failed; jobs not yet started by then do not run.
  static func run<Worker>(
    jobs: Int, threads: Int, workerByteCount: Int = 0, worker makeWorker: @escaping @Sendable () -> Worker,
    _ body: @escaping @Sendable (Worker, Int) throws(CheckpointError) -> Void
  ) throws(CheckpointError) {
    let affordable = max(1, workerBudget / max(1, workerByteCount))
    let count = min(threadCount(threads, jobs: jobs), affordable)
    guard count > 1 else {
      let worker = makeWorker()
      for job in 0..<jobs { try body(worker, job) }
      return
    }
    let lanes = JobLanes(jobs: jobs, worker: makeWorker, body)
    WorkerPool(threads: count).run(lanes, tasks: count)
    if let error = lanes.error { throw error }
  }
}

/// Takes jobs in ascending order until there are none: task n is lane n, each with a worker of its own.
private final class JobLanes<Worker>: ParallelJob {
  private let jobs: Int
  private let makeWorker: @Sendable () -> Worker
  private let body: @Sendable (Worker, Int) throws(CheckpointError) -> Void
  private let next = Atomic(0)
  private let failure = Locked<(job: Int, error: CheckpointError)?>(nil)

  init(
    jobs: Int, worker makeWorker: @escaping @Sendable () -> Worker,
    _ body: @escaping @Sendable (Worker, Int) throws(CheckpointError) -> Void
  ) {
    self.jobs = jobs
    self.makeWorker = makeWorker
    self.body = body
  }

  /// The error of the lowest job that failed.
  var error: CheckpointError? { failure.withLock { $0?.error } }

  func run(task: Int, worker: Int) {
    let worker = makeWorker()
    while true {
      let job = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard job < jobs else { return }
      do throws(CheckpointError) {
        try body(worker, job)
      } catch {
        next.store(jobs, ordering: .relaxed)
        failure.withLock { first in
          if job < first?.job ?? .max { first = (job, error) }
        }
        return
      }
    }
  }
}
