/// The memo, persistent ids and names.
extension PickleMachine {
  // MARK: Memo and persistent ids

  func remember(_ index: Int) throws(WeightFileError) {
    guard index < Limit.memo else {
      throw cursor.fault(.pickleLimit, "memo entry \(index); at most \(Limit.memo) are allowed")
    }
    try charge(64)
    memo[index] = try top()
  }

  func recall(_ index: Int) throws(WeightFileError) {
    guard let value = memo[index] else {
      throw cursor.fault(.malformedPickle, "memo entry \(index) is used before it is made")
    }
    try push(value)
  }

  func pushPersistent() throws(WeightFileError) {
    guard let persistentIDs else {
      throw cursor.fault(.malformedPickle, "a persistent id where none can be")
    }
    let id = try pop()
    let value = try persistentIDs(&heap, id, cursor)
    while depths.count < heap.nodes.count {
      depths.append(0)
      try charge(160)
    }
    try push(value)
  }

  // MARK: Names

  func line() throws(WeightFileError) -> String {
    try text(cursor.line(limit: Limit.globalName))
  }

  func popName() throws(WeightFileError) -> String {
    guard let name = heap.string(try pop()), name.utf8.count <= Limit.globalName else {
      throw cursor.fault(.malformedPickle, "a global without a name")
    }
    return name
  }

  func text(_ bytes: [UInt8]) throws(WeightFileError) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw cursor.fault(.malformedPickle, "a text that is not UTF-8")
    }
    return text
  }
}
