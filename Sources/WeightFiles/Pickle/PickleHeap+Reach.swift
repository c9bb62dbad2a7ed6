extension PickleHeap {
  /// True if a tensor or a storage can be reached from a value; nil when that takes more than `budget` steps, which
  /// are counted down.
  func reachesTensor(from start: PickleValue, budget: inout Int) -> Bool? {
    var pending: [Int] = []
    var seen: Set<Int> = []
    func visit(_ value: PickleValue) {
      if case .node(let index) = value, seen.insert(index).inserted { pending.append(index) }
    }
    visit(start)
    while let index = pending.popLast() {
      switch nodes[index] {
      case .storage, .tensor, .unreadable, .emptyParameter: return true
      case .tuple(let items), .list(let items), .set(let items):
        budget -= items.count
        for item in items { visit(item) }
      case .dict(let entries):
        budget -= 2 * entries.count
        for entry in entries {
          visit(entry.key)
          visit(entry.value)
        }
      case .object(let object):
        budget -= object.items.count + 2 * object.entries.count
        visit(object.arguments)
        if let state = object.state { visit(state) }
        for item in object.items { visit(item) }
        for entry in object.entries {
          visit(entry.key)
          visit(entry.value)
        }
      case .string, .blob, .bigInteger, .global, .member: break
      }
      budget -= 1
      guard budget > 0 else { return nil }
    }
    return false
  }
}
