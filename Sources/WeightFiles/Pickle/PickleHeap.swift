/// A value that a pickle builds. One that is not a plain number is a place in the ``PickleHeap``: values may refer to
/// each other in circles, and nothing follows references recursively.
enum PickleValue: Equatable {
  case none
  case bool(Bool)
  case int(Int)
  case float(Double)
  case node(Int)
}

struct PickleEntry {
  var key: PickleValue
  var value: PickleValue
}

enum PickleNode {
  case string(String)
  /// Bytes, or a text that is too long for a name; nothing here needs them.
  case blob
  /// An integer that does not fit 64 bits; nothing here needs its value.
  case bigInteger
  /// A class or function by its full name, for example `collections.OrderedDict`.
  case global(String)
  case tuple([PickleValue])
  case list([PickleValue])
  case set([PickleValue])
  case dict([PickleEntry])
  indirect case storage(StorageReference)
  indirect case tensor(TensorRecord)
  /// A parameter that has not been told its tensor yet.
  case emptyParameter
  /// The result of a class or function that is not understood.
  case opaque(String)
}

/// The values that one pickle builds.
struct PickleHeap {
  private(set) var nodes: [PickleNode] = []

  mutating func add(_ node: PickleNode) -> PickleValue {
    nodes.append(node)
    return .node(nodes.count - 1)
  }

  /// The node of a value, nil of a plain one.
  subscript(value: PickleValue) -> PickleNode? {
    if case .node(let index) = value { nodes[index] } else { nil }
  }

  /// Changes one node.
  mutating func replace(_ index: Int, with node: PickleNode) {
    nodes[index] = node
  }

  /// Appends to a list, a set or a dictionary (keys and values by turns). False when the node is none of them.
  mutating func append(_ items: ArraySlice<PickleValue>, to index: Int) -> Bool {
    // The node is moved out, so that the array grows in place.
    let node = nodes[index]
    nodes[index] = .bigInteger
    switch consume node {
    case .list(var list):
      list.append(contentsOf: items)
      nodes[index] = .list(list)
    case .set(var set):
      set.append(contentsOf: items)
      nodes[index] = .set(set)
    case .dict(var entries):
      var position = items.startIndex
      while position + 1 < items.endIndex {
        entries.append(PickleEntry(key: items[position], value: items[position + 1]))
        position += 2
      }
      nodes[index] = .dict(entries)
    case let other:
      nodes[index] = other
      return false
    }
    return true
  }

  // MARK: Values of one type

  func string(_ value: PickleValue) -> String? {
    if case .string(let text) = self[value] { text } else { nil }
  }

  func tuple(_ value: PickleValue) -> [PickleValue]? {
    if case .tuple(let items) = self[value] { items } else { nil }
  }

  func list(_ value: PickleValue) -> [PickleValue]? {
    if case .list(let items) = self[value] { items } else { nil }
  }

  func dict(_ value: PickleValue) -> [PickleEntry]? {
    if case .dict(let entries) = self[value] { entries } else { nil }
  }

  func tensor(_ value: PickleValue) -> TensorRecord? {
    if case .tensor(let record) = self[value] { record } else { nil }
  }

  func global(_ value: PickleValue) -> String? {
    if case .global(let name) = self[value] { name } else { nil }
  }

  func int(_ value: PickleValue) -> Int? {
    if case .int(let number) = value { number } else { nil }
  }

  /// A tuple or list of a few integers: sizes or strides.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let items = tuple(value) ?? list(value), items.count <= 64 else { return nil }
    let numbers = items.compactMap(int)
    return numbers.count == items.count ? numbers : nil
  }

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
      case .storage, .tensor, .emptyParameter: return true
      case .tuple(let items), .list(let items), .set(let items):
        budget -= items.count
        for item in items { visit(item) }
      case .dict(let entries):
        budget -= 2 * entries.count
        for entry in entries {
          visit(entry.key)
          visit(entry.value)
        }
      case .string, .blob, .bigInteger, .global, .opaque: break
      }
      budget -= 1
      guard budget > 0 else { return nil }
    }
    return false
  }
}
