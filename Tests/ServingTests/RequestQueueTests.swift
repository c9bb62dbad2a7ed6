import Testing

@testable import Serving

@Suite struct RequestQueueTests {
  @Test func `rows are taken in order, the urgent first, and split where a batch is full`() {
    var queue = RequestQueue()
    let usual = request(rows: 3)
    let second = request(rows: 2, priority: 2)
    let first = request(rows: 2, priority: 1)
    let last = request(rows: 1)
    for request in [usual, second, first, last] { queue.add(request) }
    #expect(queue.count == 4 && queue.rowCount == 8)
    let parts = (0..<3).map { _ in queue.take(3).map { Taken($0) } }
    #expect(
      parts == [
        [Taken(first, 0..<2), Taken(second, 0..<1)], [Taken(second, 1..<2), Taken(usual, 0..<2)],
        [Taken(usual, 2..<3), Taken(last, 0..<1)],
      ])
    #expect(queue.isEmpty && queue.rowCount == 0 && queue.take(3).isEmpty)
  }

  @Test func `requests can be taken out, begun or not`() {
    var queue = RequestQueue()
    let now = ContinuousClock.now
    let requests = [
      request(rows: 4, deadline: now + .seconds(2)), request(rows: 2, deadline: now), request(rows: 1),
    ]
    for request in requests { queue.add(request) }
    #expect(queue.earliestDeadline == now)
    _ = queue.take(3)
    #expect(queue.remove { $0 === requests[1] }.count == 1)
    #expect(queue.earliestDeadline == now + .seconds(2))
    #expect(queue.count == 2 && queue.rowCount == 2)
    #expect(queue.remove { $0 === requests[0] }.count == 1)
    #expect(queue.earliestDeadline == nil)
    #expect(queue.take(8).map { Taken($0) } == [Taken(requests[2], 0..<1)])
  }

  private struct Taken: Equatable {
    var request: ObjectIdentifier
    var rows: Range<Int>

    init(_ request: PendingRequest, _ rows: Range<Int>) {
      self.request = ObjectIdentifier(request)
      self.rows = rows
    }

    init(_ part: RequestQueue.Part) { self.init(part.request, part.rows) }
  }

  private func request(
    rows: Int, priority: Int = 0, deadline: ContinuousClock.Instant? = nil
  ) -> PendingRequest {
    PendingRequest(
      InferenceRequest(.images(Array(repeating: [], count: rows)), priority: priority, deadline: deadline),
      ByteBudget(limit: 1), ModelStatistics()
    ) { _ in }
  }
}
