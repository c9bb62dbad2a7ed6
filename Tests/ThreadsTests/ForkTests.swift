import CForking
import Synchronization
import Testing
import Threads

/// A child has none of its parent's threads, and the parent's locks are as the fork found them.
@Suite(.serialized) struct ForkTests {
  private final class Sum: ParallelJob, Sendable {
    let total = Atomic<Int>(0)

    func run(task: Int, worker: Int) { total.wrappingAdd(task, ordering: .relaxed) }
  }

  /// A pool that jobs have run on, as a child gets it.
  private final class Holder: Sendable {
    let pool: Mutex<WorkerPool?>

    init(threads: Int) {
      pool = Mutex(WorkerPool(threads: threads))
    }

    /// The sum of the tasks of several jobs.
    func sum() -> Int {
      guard let pool = pool.withLock({ $0 }) else { return 0 }
      let job = Sum()
      for _ in 0..<3 { pool.run(job, tasks: 8) }
      return job.total.load(ordering: .relaxed)
    }

    /// The exit status of a child that does something with the pool.
    func inChild(_ body: @escaping @Sendable (Holder) -> Int) -> Int {
      let call = Call { Int32(body(self)) }
      return withExtendedLifetime(call) {
        Int(
          unsafe rz_status_of_child(
            { context in
              guard let context = unsafe context else { return 1 }
              return unsafe Unmanaged<Call>.fromOpaque(context).takeUnretainedValue().body()
            }, Unmanaged.passUnretained(call).toOpaque(), 20))
      }
    }
  }

  private final class Call {
    let body: () -> Int32

    init(_ body: @escaping () -> Int32) { self.body = body }
  }

  @Test(arguments: [1, 2, 4], [true, false])
  func `a pool runs jobs in a forked child`(threads: Int, whileWorkersSleep: Bool) {
    let holder = Holder(threads: threads)
    #expect(holder.sum() == 84)
    if whileWorkersSleep { Self.pause() }
    #expect(holder.inChild { $0.sum() } == 84)
    #expect(holder.sum() == 84)
  }

  @Test(arguments: [true, false])
  func `a pool can be given up in a forked child`(whileWorkersSleep: Bool) {
    let holder = Holder(threads: 4)
    #expect(holder.sum() == 84)
    if whileWorkersSleep { Self.pause() }
    let status = holder.inChild { holder in
      holder.pool.withLock { $0 = nil }
      return 7
    }
    #expect(status == 7)
    #expect(holder.sum() == 84)
  }

  @Test func `a pool made before the first job is whole in a forked child`() {
    let holder = Holder(threads: 4)
    #expect(holder.inChild { $0.sum() } == 84)
  }

  /// Long enough for workers to fall asleep.
  private static func pause() {
    let end = ContinuousClock.now + .milliseconds(20)
    while ContinuousClock.now < end {}
  }
}
