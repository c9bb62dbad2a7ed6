import Synchronization
import Testing
import Threads

@Suite struct BackgroundValueTests {
  @Test func `every thread that waits gets the value`() {
    let gate = Semaphore(0)
    let value = BackgroundValue {
      gate.wait()
      return 42
    }
    gate.signal()
    #expect(value.wait() == 42)
    #expect(value.wait() == 42)
  }

  @Test func `a semaphore hands out as many permits as it has`() {
    let permits = Semaphore(2)
    let inside = Atomic(0)
    let most = Atomic(0)
    let workers = (0..<6).map { _ in
      BackgroundValue {
        for _ in 0..<50 {
          permits.wait()
          most.max(inside.wrappingAdd(1, ordering: .relaxed).newValue, ordering: .relaxed)
          inside.wrappingSubtract(1, ordering: .relaxed)
          permits.signal()
        }
      }
    }
    for worker in workers { worker.wait() }
    #expect(1...2 ~= most.load(ordering: .relaxed))
  }
}
