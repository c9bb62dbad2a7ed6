import Synchronization
import Testing

@testable import Threads

@Suite struct WorkerPoolTests {
  private final class Count: ParallelJob, Sendable {
    let done: [Atomic64]
    let workersSeen = Atomic<Int>(0)

    init(tasks: Int) { done = (0..<tasks).map { _ in Atomic64() } }

    func run(task: Int, worker: Int) {
      done[task].value.wrappingAdd(1, ordering: .relaxed)
      workersSeen.bitwiseOr(1 << worker, ordering: .relaxed)
    }
  }

  private final class Atomic64: Sendable {
    let value = Atomic<Int>(0)
  }

  @Test(arguments: [1, 2, 3, 8])
  func everyTaskRunsOnce(threads: Int) {
    let pool = WorkerPool(threads: threads)
    for tasks in [0, 1, 2, 7, 100] {
      for _ in 0..<200 {
        let job = Count(tasks: tasks)
        pool.run(job, tasks: tasks)
        #expect(job.done.allSatisfy { $0.value.load(ordering: .relaxed) == 1 })
        #expect(job.workersSeen.load(ordering: .relaxed) >> threads == 0)
      }
    }
  }

  @Test func `a variable names a number of threads, or none`() {
    let cases: [(String, Int?)] = [
      ("4", 4), (" 2 ", 2), ("3,2", 3), ("100000", 256), ("0", nil), ("-1", nil), ("", nil), ("all", nil),
      (",2", nil),
    ]
    for (text, count) in cases { #expect(WorkerPool.count(named: text) == count, "\(text)") }
  }

  @Test func aPoolWithoutANumberUsesEveryProcessor() {
    #expect(WorkerPool().threadCount == WorkerPool.defaultThreadCount)
    #expect(WorkerPool.defaultThreadCount >= 1)
  }
}
