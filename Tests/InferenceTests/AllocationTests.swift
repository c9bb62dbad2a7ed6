import CAllocationCounter
import Inference
import ResNetModel
import TensorCore
import Testing

/// Runs alone: the counter sees every thread.
@Suite(.serialized) struct AllocationTests {
  @Test func theCounterCounts() {
    let before = allocation_count()
    let buffer = AlignedBuffer(floatCount: 1000)
    #expect(buffer.byteCount == 4000)
    #if os(Linux)
    #expect(allocation_count() > before)
    #endif
  }

  @Test(arguments: TestNetworks.all.map(\.name), [1, 3])
  func aRunAllocatesNothing(name: String, threads: Int) throws {
    let architecture = try #require(TestNetworks.all.first { $0.name == name }).architecture
    let plan = try InferencePlan(TestNetworks.model(architecture))
    let session = try InferenceSession(plan: plan, capacity: 4, threads: threads)
    // The BLAS library makes its working memory at the first call of each thread.
    for _ in 0..<4 { session.run(count: 4) }
    // Other tests may run beside this one and allocate; a run that allocates would do so every time.
    let counts = (0..<200).map { _ in
      let before = allocation_count()
      session.run(count: 4)
      return allocation_count() - before
    }
    #expect(counts.min() == 0)
  }
}
