/// Requests for one model that wait, in the order in which they are begun: the urgent ones first, those of a kind as they came. The rows of a
/// request are taken in order, as many at a time as fit.
struct RequestQueue {
  /// Rows that leave together.
  struct Part {
    let request: PendingRequest
    let rows: Range<Int>
    /// True if no row of the request was taken before.
    var isFirst: Bool { rows.lowerBound == 0 }
  }

  private struct Entry {
    let request: PendingRequest
    var nextRow = 0
    var left: Int { request.request.rowCount - nextRow }
  }

  /// By urgency; none is empty.
  private var levels: [(priority: Int, entries: [Entry])] = []
  /// Requests that wait, the one that was begun included.
  private(set) var count = 0
  /// Rows that wait.
  private(set) var rowCount = 0

  var isEmpty: Bool { count == 0 }

  /// The arrival of the request that waits longest.
  var oldestArrival: ContinuousClock.Instant? {
    levels.compactMap { $0.entries.first?.request.arrival }.min()
  }

  /// Adds a request behind those that are as urgent.
  mutating func add(_ request: PendingRequest) {
    // 0 is the usual: behind all that say how urgent they are.
    let priority = request.request.priority == 0 ? Int.max : request.request.priority
    let position = levels.firstIndex { $0.priority >= priority } ?? levels.count
    if position == levels.count || levels[position].priority != priority {
      levels.insert((priority, []), at: position)
    }
    levels[position].entries.append(Entry(request: request))
    count += 1
    rowCount += request.request.rowCount
    if let deadline = request.request.deadline {
      earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }
  }

  /// Takes the next rows.
  mutating func take(_ limit: Int) -> [Part] {
    var parts: [Part] = []
    var room = limit
    while room > 0, var entry = levels.first?.entries.first {
      let rows = entry.nextRow..<entry.nextRow + min(room, entry.left)
      parts.append(Part(request: entry.request, rows: rows))
      room -= rows.count
      rowCount -= rows.count
      entry.nextRow = rows.upperBound
      if entry.left == 0 { removeFirst() } else { levels[0].entries[0] = entry }
    }
    return parts
  }

  /// The first moment at which a request that waits is too late; nil for never.
  private(set) var earliestDeadline: ContinuousClock.Instant?

  /// Takes out requests, such as those that are too late.
  ///
  /// - Complexity: O(waiting requests).
  mutating func remove(where isStale: (PendingRequest) -> Bool) -> [PendingRequest] {
    var removed: [PendingRequest] = []
    for index in levels.indices {
      levels[index].entries.removeAll { entry in
        guard isStale(entry.request) else { return false }
        removed.append(entry.request)
        rowCount -= entry.left
        count -= 1
        return true
      }
    }
    levels.removeAll { $0.entries.isEmpty }
    earliestDeadline = levels.flatMap(\.entries).compactMap(\.request.request.deadline).min()
    return removed
  }

  private mutating func removeFirst() {
    levels[0].entries.removeFirst()
    if levels[0].entries.isEmpty { levels.removeFirst() }
    count -= 1
  }
}
