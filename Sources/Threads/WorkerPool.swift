/// Threads that wait for jobs. The caller of ``run(_:tasks:)`` is one of the workers, so a pool of one thread starts none.
///
/// Workers spin for a moment after a job, since a network's layers follow each other within microseconds, then sleep.
///
/// A child that `fork` makes has none of its parent's threads. A pool that the parent made can be used there all the same:
/// the first job starts workers anew, as many as the system gives, and ``threadCount`` stays. The results of a job that
/// another thread was running at the moment of the fork are lost in the child, and its memory is as the fork found it. The
/// parent's pool is not touched. Children of `vfork` and of a bare `clone` must not use a pool of their parent.
package final class WorkerPool: Sendable {
  /// The number of workers, the caller included.
  package let threadCount: Int
  /// Replaced only by ``run(_:tasks:)``, of which there is one at a time.
  private nonisolated(unsafe) var crew: Crew

  /// Starts the threads.
  ///
  /// - Parameter threads: how many workers; 0 for ``defaultThreadCount``. There are fewer when the system gives no more threads.
  package init(threads: Int = 0) {
    let crew = Crew(wanted: threads > 0 ? threads : Self.defaultThreadCount)
    unsafe self.crew = crew
    threadCount = crew.workerCount
  }

  deinit {
    unsafe crew.disband()
  }

  /// Runs all tasks and returns when they are done. Allocates nothing.
  ///
  /// - Precondition: no other run of the same pool is going on.
  package func run(_ job: any ParallelJob, tasks: Int) {
    if threadCount == 1 || tasks <= 1 {
      for task in 0..<tasks { job.run(task: task, worker: 0) }
      return
    }
    if unsafe crew.isLost { unsafe crew = Crew(wanted: threadCount) }
    unsafe crew.run(job, tasks: tasks)
  }
}
