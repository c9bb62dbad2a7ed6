/// The stack, and moves from it into containers.
extension PickleMachine {
  /// Counts memory that a value takes beyond its bytes in the file.
  func charge(_ bytes: Int) throws(WeightFileError) {
    memory += bytes
    let total = memory + MemoryLayout<PickleValue>.stride * stack.count
    // A file of any size need not have bytes, and pickles of tensors have some megabytes.
    let limit = Limit.memory + min(Limit.share, cursor.fileSize / 2)
    guard total <= limit else {
      throw cursor.fault(.pickleLimit, "the pickle's values take more than \(limit) bytes of memory")
    }
  }

  func push(_ value: PickleValue) throws(WeightFileError) {
    try charge(0)
    stack.append(value)
  }

  func push(new node: PickleNode, size: Int = 0) throws(WeightFileError) {
    try charge(48 + size)
    var depth: UInt16 = 0
    if case .tuple(let items) = node { depth = deepest(items[...]) + 1 }
    if case .set(let items) = node { depth = deepest(items[...]) + 1 }
    try check(depth)
    depths.append(depth)
    stack.append(heap.add(node))
  }

  func pop() throws(WeightFileError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw cursor.fault(.malformedPickle, "a value is missing on the stack")
    }
    return value
  }

  func top() throws(WeightFileError) -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw cursor.fault(.malformedPickle, "a value is missing on the stack")
    }
    return value
  }

  func mark() throws(WeightFileError) {
    guard marks.count < Limit.depth else {
      throw cursor.fault(.pickleLimit, "values nested deeper than \(Limit.depth)")
    }
    marks.append(stack.count)
  }

  func popMark() throws(WeightFileError) -> [PickleValue] {
    guard let mark = marks.popLast() else {
      throw cursor.fault(.malformedPickle, "there is no mark on the stack")
    }
    let items = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return items
  }

  func deepest(_ items: ArraySlice<PickleValue>) -> UInt16 {
    var depth: UInt16 = 0
    for case .node(let index) in items { depth = max(depth, depths[index]) }
    return depth
  }

  func check(_ depth: UInt16) throws(WeightFileError) {
    guard depth <= Limit.depth else {
      throw cursor.fault(.pickleLimit, "values nested deeper than \(Limit.depth)")
    }
  }

  /// Removes values and returns them in the order in which they were pushed.
  func pop(count: Int) throws(WeightFileError) -> [PickleValue] {
    var items: [PickleValue] = []
    for _ in 0..<count { items.append(try pop()) }
    items.reverse()
    return items
  }

  func pushTuple(_ items: [PickleValue]) throws(WeightFileError) {
    try push(new: .tuple(items), size: 16 * items.count)
  }

  func pushFrozenSet() throws(WeightFileError) {
    let items = try popMark()
    try push(new: .set(items), size: 16 * items.count)
  }

  /// Keeps the containers among values as they are. A call or an object was given them, and may have copied them.
  func freeze(_ values: [PickleValue]) throws(WeightFileError) {
    for case .node(let index) in values {
      switch heap.nodes[index] {
      case .list, .dict, .set: if frozen.insert(index).inserted { try charge(32) }
      default: break
      }
    }
  }

  func append(
    _ items: ArraySlice<PickleValue>, as form: PickleHeap.Addition, to container: PickleValue
  ) throws(WeightFileError) {
    guard case .node(let index) = container else {
      throw cursor.fault(.malformedPickle, "elements for something that holds none")
    }
    guard !frozen.contains(index) else {
      throw cursor.fault(
        .deceptivePickle,
        "elements for a container that a call or an object has taken before, which no program writes; do not trust this file"
      )
    }
    try charge(16 * items.count)
    let depth = max(depths[index], deepest(items) + 1)
    try check(depth)
    depths[index] = depth
    guard heap.append(items, as: form, to: index) else {
      throw cursor.fault(.malformedPickle, "elements for something that holds none")
    }
  }
}
