import CKernels
import Platform
import Synchronization

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
    let wanted = threads > 0 ? threads : Self.processorCount
    shared = Shared(workers: wanted)
    var count = 1
    while count < wanted,
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
    shared.start(job, tasks: tasks, workers: threadCount)
    shared.work(worker: 0)
    shared.finish()
  }

  /// Processors that this process may run on.
  package static var processorCount: Int { rz_processor_count() }
}

/// What the workers of one pool share.
///
/// A job is announced by raising `generation`. Each worker takes the tasks of its share, then what is left of the others', and
/// counts itself out of `busy`; the next job is announced only when nobody is busy, so `job` and the shares' ends change while
/// nobody reads them.
///
/// A worker's share is always the same part of all tasks. Layers number theirs by image, so a worker mostly reads what it
/// wrote itself and finds it in its own caches.
@safe private final class Shared: @unchecked Sendable {
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private var job: (any ParallelJob)?
  private let mostWorkers: Int
  private var workers = 0
  private let shares: UnsafeMutablePointer<Share>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>

  /// The tasks of one worker: those before `next` are taken.
  private struct Share: ~Copyable {
    let next = Atomic<Int>(0)
    var end = 0
    /// Each share has a cache line of its own.
    private let padding = (0, 0, 0, 0, 0, 0)
  }

  /// - Parameter workers: most of them.
  init(workers: Int) {
    unsafe shares = .allocate(capacity: workers)
    for worker in 0..<workers { unsafe (shares + worker).initialize(to: Share()) }
    mostWorkers = workers
    unsafe mutex = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wake, nil)
  }

  deinit {
    unsafe shares.deinitialize(count: mostWorkers)
    unsafe shares.deallocate()
    unsafe pthread_cond_destroy(wake)
    unsafe pthread_mutex_destroy(mutex)
    unsafe wake.deallocate()
    unsafe mutex.deallocate()
  }

  func start(_ job: any ParallelJob, tasks: Int, workers: Int) {
    self.job = job
    self.workers = workers
    for worker in 0..<workers {
      unsafe shares[worker].next.store(worker * tasks / workers, ordering: .relaxed)
      unsafe shares[worker].end = (worker + 1) * tasks / workers
    }
    busy.store(workers - 1, ordering: .relaxed)
    announce()
  }

  /// Takes tasks until there are none.
  func work(worker: Int) {
    guard let job else { return }
    for turn in 0..<workers {
      let share = unsafe shares + (worker + turn) % workers
      while true {
        let task = unsafe share.pointee.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard unsafe task < share.pointee.end else { break }
        job.run(task: task, worker: worker)
      }
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
