import CKernels
import Synchronization

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Work that falls into tasks which may run at once.
package protocol ParallelJob: AnyObject {
  /// Does one task.
  ///
  /// - Parameters:
  ///   - task: 0 ..< the number of tasks.
  ///   - worker: 0 ..< ``WorkerPool/threadCount``; no two tasks have the same worker at the same time.
  func run(task: Int, worker: Int)
}

/// Threads that wait for jobs. The caller of ``run(_:tasks:)`` is one of the workers, so a pool of one thread starts none.
///
/// Workers spin for a moment after a job, since a network's layers follow each other within microseconds, then sleep.
package final class WorkerPool: Sendable {
  /// Workers, the caller included.
  package let threadCount: Int
  private let shared: Shared

  /// - Parameter threads: how many workers; 0 for one on each processor that this process may use. There are
  ///   fewer when the system gives no more threads.
  package init(threads: Int = 0) {
    shared = Shared()
    var count = 1
    while count < (threads > 0 ? threads : Self.processorCount),
      DetachedThread.start({ [shared, count] in shared.serve(worker: count) })
    {
      count += 1
    }
    threadCount = count
  }

  deinit {
    shared.stop()
  }

  /// Runs all tasks and returns when they are done. Allocates nothing.
  ///
  /// - Precondition: no other run of the same pool is going on.
  package func run(_ job: any ParallelJob, tasks: Int) {
    if threadCount == 1 || tasks <= 1 {
      for task in 0..<tasks { job.run(task: task, worker: 0) }
      return
    }
    shared.start(job, tasks: tasks, helpers: threadCount - 1)
    shared.work(worker: 0)
    shared.finish()
  }

  /// Processors that this process may run on.
  package static var processorCount: Int { rz_processor_count() }
}

/// What the workers of one pool share.
///
/// A job is announced by raising `generation`. Each worker takes tasks by raising `nextTask` until there are none, then
/// counts itself out of `busy`; the next job is announced only when nobody is busy, so `job` and `tasks` change while
/// nobody reads them.
@safe private final class Shared: @unchecked Sendable {
  private let generation = Atomic<Int>(0)
  private let nextTask = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private var job: (any ParallelJob)?
  private var tasks = 0
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>

  init() {
    unsafe mutex = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wake, nil)
  }

  deinit {
    unsafe pthread_cond_destroy(wake)
    unsafe pthread_mutex_destroy(mutex)
    unsafe wake.deallocate()
    unsafe mutex.deallocate()
  }

  func start(_ job: any ParallelJob, tasks: Int, helpers: Int) {
    self.job = job
    self.tasks = tasks
    nextTask.store(0, ordering: .relaxed)
    busy.store(helpers, ordering: .relaxed)
    announce()
  }

  /// Takes tasks until there are none.
  func work(worker: Int) {
    guard let job else { return }
    while true {
      let task = nextTask.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < tasks else { return }
      job.run(task: task, worker: worker)
    }
  }

  /// Waits until every helper is out of the job.
  func finish() {
    var turns = 0
    while busy.load(ordering: .acquiring) != 0 {
      turns += 1
      // Helpers that share this processor need it to get done.
      if turns % 4096 == 0 { sched_yield() } else { rz_spin_hint() }
    }
    job = nil
  }

  func stop() {
    stopping.store(true, ordering: .relaxed)
    announce()
  }

  /// A helper's life: wait for a job, do its share, again.
  func serve(worker: Int) {
    var seen = 0
    while true {
      seen = waitForJob(after: seen)
      if stopping.load(ordering: .relaxed) { return }
      work(worker: worker)
      busy.wrappingSubtract(1, ordering: .releasing)
    }
  }

  private func announce() {
    // Sequentially consistent on both sides: a helper that goes to sleep either counts as a sleeper here or sees the
    // new generation there.
    generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    unsafe pthread_mutex_lock(mutex)
    unsafe pthread_cond_broadcast(wake)
    unsafe pthread_mutex_unlock(mutex)
  }

  private func waitForJob(after seen: Int) -> Int {
    for _ in 0..<Self.spins {
      let current = generation.load(ordering: .acquiring)
      if current != seen { return current }
      rz_spin_hint()
    }
    unsafe pthread_mutex_lock(mutex)
    sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen {
      unsafe pthread_cond_wait(wake, mutex)
    }
    sleepers.wrappingSubtract(1, ordering: .relaxed)
    unsafe pthread_mutex_unlock(mutex)
    return generation.load(ordering: .acquiring)
  }

  /// Some 100 microseconds.
  private static let spins = 4000
}
