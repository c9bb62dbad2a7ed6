import CAllocationCounter
import Inference
import Kernels
import ModelDescriptor
import ResNetModel
import Synchronization
import TensorCore
import Testing
import Threads

@Suite struct AllocationTests {
  @Test func theCounterCounts() {
    let before = allocation_count()
    let buffer = AlignedBuffer(floatCount: 1000)
    #expect(buffer.byteCount == 4000)
    #if os(Linux)
    #expect(allocation_count() > before)
    #endif
  }

  @Test(
    arguments: TestNetworks.all.map(\.name),
    [(1, InferencePrecision.float32), (3, .float32), (3, .bfloat16)])
  func aRunAllocatesNothing(name: String, run: (threads: Int, precision: InferencePrecision)) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let plan = try InferencePlan(TestNetworks.model(architecture), precision: run.precision)
    let pool = WorkerPool(threads: run.threads)
    let session = try InferenceSession(plan: plan, capacity: 4, pool: pool)
    for _ in 0..<2 { session.run(count: 4) }
    #expect(AllocationCensus(pool).allocations { for _ in 0..<3 { session.run(count: 4) } } == 0)
  }

  @Test func aRealArchitectureAllocatesNothing() throws {
    let pool = WorkerPool(threads: 2)
    let session = try InferenceSession(
      plan: InferencePlan(Model(untrained: .preset(named: "resnet18"), seed: 1), height: 64, width: 64),
      capacity: 2, pool: pool)
    for _ in 0..<2 { session.run(count: 2) }
    #expect(AllocationCensus(pool).allocations { for _ in 0..<3 { session.run(count: 2) } } == 0)
  }
}

/// Asks every worker of a pool for its thread's allocations.
private final class AllocationCensus: ParallelJob {
  private let pool: WorkerPool
  private let counts: Mutex<[UInt64]>
  private let arrived = Atomic<Int>(0)

  init(_ pool: WorkerPool) {
    self.pool = pool
    counts = Mutex(Array(repeating: 0, count: pool.threadCount))
  }

  /// The allocations of all workers together during the work, beyond those of asking them.
  func allocations(during work: () -> Void) -> Int {
    // The first time, the list of counts may find a place of its own.
    _ = count()
    let first = count()
    let second = count()
    work()
    return (count() - second) - (second - first)
  }

  /// The sum over all workers.
  private func count() -> Int {
    arrived.store(0, ordering: .sequentiallyConsistent)
    pool.run(self, tasks: pool.threadCount)
    return counts.withLock { Int($0.reduce(0, +)) }
  }

  func run(task: Int, worker: Int) {
    let own = allocation_count()
    counts.withLock { $0[worker] = own }
    // No worker goes on before all have come: each takes exactly one task.
    arrived.wrappingAdd(1, ordering: .sequentiallyConsistent)
    while arrived.load(ordering: .sequentiallyConsistent) < pool.threadCount {}
  }
}
