import CThreads
import Platform
import Synchronization

/// The workers of a pool, and the state that they share.
///
/// A job is announced by raising `generation`. Each worker takes the tasks of its share, then what is left of the others', and
/// counts itself out of `busy`; the next job is announced only when nobody is busy, so `job` and the shares' ends change while
/// nobody reads them.
///
/// A worker's share is always the same part of all tasks. Layers number theirs by image, so a worker mostly reads what it
/// wrote itself and finds it in its own caches.
@safe final class Crew: @unchecked Sendable {
  /// The number of workers, the caller of ``run(_:tasks:)`` included.
  private(set) var workerCount = 1
  private let generation = Atomic<Int>(0)
  private let busy = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let stopping = Atomic<Bool>(false)
  private var job: (any ParallelJob)?
  private let shareCount: Int
  private let shares: UnsafeMutablePointer<Share>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let wake: UnsafeMutablePointer<pthread_cond_t>
  private let forkCount = rz_fork_count()

  /// The tasks of one worker: those before `next` are taken.
  private struct Share: ~Copyable {
    let next = Atomic<Int>(0)
    var end = 0
    /// Each share has a cache line of its own.
    private let padding = (0, 0, 0, 0, 0, 0)
  }

  /// Starts the threads, fewer than `wanted` when the system gives no more.
  init(wanted: Int) {
    unsafe shares = .allocate(capacity: wanted)
    for worker in 0..<wanted { unsafe (shares + worker).initialize(to: Share()) }
    shareCount = wanted
    unsafe mutex = .allocate(capacity: 1)
    unsafe wake = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe pthread_cond_init(wake, nil)
    var count = 1
    while count < wanted, DetachedThread.start({ [self, count] in serve(worker: count) }) { count += 1 }
    workerCount = count
  }

  deinit {
    unsafe shares.deinitialize(count: shareCount)
    unsafe shares.deallocate()
    unsafe pthread_cond_destroy(wake)
    unsafe pthread_mutex_destroy(mutex)
    unsafe wake.deallocate()
    unsafe mutex.deallocate()
  }

  /// True in a forked child of the process that started the threads. The threads are not there, and their locks may be held
  /// for ever; each of them also holds this object, so it is never freed.
  var isLost: Bool { rz_fork_count() != forkCount }

  /// Runs all tasks and returns when they are done.
  func run(_ job: any ParallelJob, tasks: Int) {
    start(job, tasks: tasks)
    work(worker: 0)
    finish()
  }

  /// Ends the threads.
  func disband() {
    if isLost { return }
    stopping.store(true, ordering: .relaxed)
    announce()
  }

  private func start(_ job: any ParallelJob, tasks: Int) {
    self.job = job
    for worker in 0..<workerCount {
      unsafe shares[worker].next.store(worker * tasks / workerCount, ordering: .relaxed)
      unsafe shares[worker].end = (worker + 1) * tasks / workerCount
    }
    busy.store(workerCount - 1, ordering: .relaxed)
    announce()
  }

  /// Takes tasks until there are none.
  private func work(worker: Int) {
    guard let job else { return }
    for turn in 0..<workerCount {
      let share = unsafe shares + (worker + turn) % workerCount
      while true {
        let task = unsafe share.pointee.next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard unsafe task < share.pointee.end else { break }
        job.run(task: task, worker: worker)
      }
    }
  }

  /// Waits until every helper is out of the job.
  private func finish() {
    var turns = 0
    while busy.load(ordering: .acquiring) != 0 {
      turns += 1
      // Helpers that share this processor need it to get done.
      if turns % 4096 == 0 { sched_yield() } else { rz_spin_hint() }
    }
    job = nil
  }

  /// A helper's life: wait for a job, do its share, again.
  private func serve(worker: Int) {
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

  /// Some 100 microseconds: longer than the gap between two layers, shorter than anybody minds a busy processor.
  private static let spins = 4000
}
