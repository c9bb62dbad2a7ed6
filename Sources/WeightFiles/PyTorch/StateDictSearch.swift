import Messages
import TensorCore

/// Looks for tables of tensors among the values of a pickle: dictionaries with tensors by name, and modules.
final class StateDictSearch {
  let heap: PickleHeap
  let file: String
  /// Steps that may still be taken.
  var budget = PickleMachine.Limit.search
  /// The nodes whose keys are known to differ.
  private var distinct: Set<Int> = []

  init(heap: PickleHeap, file: String) {
    self.heap = heap
    self.file = file
  }

  /// The number of tensors in a table, and of those that a convolution can have.
  struct Size: Comparable {
    var tensors = 0
    var kernels = 0

    static func < (a: Self, b: Self) -> Bool { (a.kernels, a.tensors) < (b.kernels, b.tensors) }

    /// True if a table is not much smaller than the largest one.
    func isSerious(beside largest: Self) -> Bool {
      largest.kernels > 0 ? 4 * kernels >= largest.kernels : 4 * tensors >= largest.tensors
    }
  }

  /// A value by its key, which is a table or has tables within.
  struct Candidate {
    var key: String
    var value: PickleValue
    /// The size of the largest table that it leads to.
    var size: Size
  }

  /// The value under a key that the caller named.
  func value(under key: String, of root: PickleValue) throws(WeightFileError) -> PickleValue {
    if let value = try lookUp(key, in: root), try size(behind: value) != nil { return value }
    var value: PickleValue? = root
    for part in key.split(separator: ".") {
      guard let outer = value else { break }
      value = try lookUp(String(part), in: outer)
    }
    guard let value, try size(behind: value) != nil else {
      let candidates = try candidates(in: root).map(\.key)
      throw WeightFileError(
        .stateDictKey, file: file,
        "there are no tensors under '\(key.printable)'"
          + (candidates.isEmpty ? "" : "; there are under \(Self.list(candidates))"))
    }
    return value
  }

  /// The value within `value` that leads to the weights, and the others that could be meant; nil when `value` itself is
  /// the table.
  func wrapped(in value: PickleValue) throws(WeightFileError) -> (Candidate, others: [String])? {
    try requirePlain(value)
    var candidates = try candidates(in: value)
    guard let largest = candidates.map(\.size).max() else { return nil }
    let own = try ownSize(of: value)
    if let own, own >= largest { return nil }
    candidates.removeAll { !$0.size.isSerious(beside: largest) }
    if !isSelfDistilled(value),
      ["student", "teacher"].allSatisfy({ key in candidates.contains { $0.key == key } })
    {
      throw choice(among: candidates)
    }
    for key in StateDict.usualKeys {
      guard let candidate = candidates.first(where: { $0.key == key }) else { continue }
      return (candidate, candidates.map(\.key).filter { $0 != key })
    }
    if let own, own.isSerious(beside: largest) { return nil }
    guard let only = candidates.first, candidates.count == 1 else {
      throw choice(among: candidates)
    }
    return (only, [])
  }

  private func choice(among candidates: [Candidate]) -> WeightFileError {
    WeightFileError(
      .noStateDict, file: file,
      "tensors are under \(Self.list(candidates.map(\.key))): choose with \(Remedy.stateDictKey(nil))"
    )
  }

  /// Keys as a message lists them: the first ones, and the number of the others.
  static func list(_ keys: [String]) -> String {
    keys.prefix(shownCount).map(\.excerpt).joined(separator: ", ")
      + (keys.count > shownCount ? " and \(keys.count - shownCount) more" : "")
  }

  private static let shownCount = 16

  /// True for a checkpoint of training in which a network teaches itself, so that the teacher is its average: DINO, iBOT.
  private func isSelfDistilled(_ value: PickleValue) -> Bool {
    children(of: value).contains { child in ["dino", "ibot"].contains { child.key.lowercased().contains($0) }
    }
  }

  // MARK: Steps from value to value

  /// Values by name, one step from a value: entries of a dictionary, attributes of an object, elements of a list.
  func children(of value: PickleValue) -> [(key: String, value: PickleValue)] {
    switch heap[value] {
    case .tuple(let items), .list(let items):
      // Each is a key that is made, and another search.
      budget -= items.count
      guard budget > 0 else { return [] }
      let children = items.enumerated().filter { if case .node = $0.element { true } else { false } }
      budget -= 8 * children.count
      return children.map { ("\($0.offset)", $0.element) }
    case .dict(let entries):
      return named(entries)
    case .object(let object):
      if let parts = heap.moduleParts(value, budget: &budget) {
        return parts.children.map { ($0.name, $0.value) }
      }
      return named(object.entries) + named(heap.attributes(object) ?? [])
    default: return []
    }
  }

  private func named(_ entries: [PickleEntry]) -> [(key: String, value: PickleValue)] {
    budget -= entries.count
    guard budget > 0 else { return [] }
    return entries.compactMap { entry in
      guard case .node = entry.value, let key = heap.string(entry.key) else { return nil }
      return (key, entry.value)
    }
  }

  /// The value under a key.
  private func lookUp(_ key: String, in value: PickleValue) throws(WeightFileError) -> PickleValue? {
    try requirePlain(value)
    if heap.moduleParts(value, budget: &budget) != nil,
      let fault = heap.fault(ofModule: value, budget: &budget)
    {
      throw WeightFileError(
        .deceptivePickle, file: file,
        "the module around the tensors \(fault.printable); do not trust this file")
    }
    let found = children(of: value).filter { $0.key == key }
    guard found.count <= 1 else {
      throw twice("the key '\(key.excerpt)'")
    }
    return found.first?.value
  }

  /// The children of `value` that are tables or lead to some. A module has none: it is a table.
  func candidates(in value: PickleValue) throws(WeightFileError) -> [Candidate] {
    try candidates(in: value, depth: 0)
  }

  private func candidates(in value: PickleValue, depth: Int) throws(WeightFileError) -> [Candidate] {
    guard heap.moduleParts(value, budget: &budget) == nil else { return [] }
    try requireDistinctKeys(value)
    var found: [Candidate] = []
    var keys: Set<String> = []
    for (key, child) in children(of: value) {
      guard keys.insert(key).inserted else {
        throw twice("the key '\(key.excerpt)'")
      }
      guard let size = try size(behind: child, depth: depth + 1) else { continue }
      found.append(Candidate(key: key, value: child, size: size))
    }
    return found
  }

  /// Refuses a dictionary that Python may see otherwise: with keys that are made and may be equal to others, or of somebody's own class
  /// and with attributes, which may hide its methods.
  private func requirePlain(_ value: PickleValue) throws(WeightFileError) {
    try requireDistinctKeys(value)
    // Slots are set behind the attributes, and may have their names.
    let states = heap.object(value)?.state.flatMap(heap.tuple) ?? []
    if states.count == 2, let key = heap.repeatedKey(states.flatMap { heap.dict($0) ?? [] }) {
      throw twice(key)
    }
    guard let entries = heap.entries(value) else { return }
    budget -= entries.count
    guard entries.allSatisfy({ heap.isPlainKey($0.key) }) else {
      throw WeightFileError(
        .deceptivePickle, file: file,
        "a key of the dictionary with the tensors is neither a text nor a number; do not trust this file")
    }
    guard let object = heap.object(value) else { return }
    guard heap.tuple(object.arguments)?.allSatisfy({ heap.isConstant($0) || heap.global($0) != nil }) == true
    else {
      throw WeightFileError(
        .deceptivePickle, file: file,
        "the dictionary with the tensors is a '\(object.name.printable)' that has others from the beginning; do not trust this file"
      )
    }
    guard let state = object.state else { return }
    guard let attributes = heap.dict(state), attributes.allSatisfy({ heap.string($0.key) == "_metadata" })
    else {
      throw WeightFileError(
        .malformedPickle, file: file,
        "the dictionary with the tensors is a '\(object.name.printable)' with attributes, which may change it; save 'model.state_dict()' in Python instead"
      )
    }
  }

  /// Refuses a dictionary, or attributes, with a key twice: Python has the later value alone. Modules have checks of their own.
  private func requireDistinctKeys(_ value: PickleValue) throws(WeightFileError) {
    guard case .node(let index) = value, !distinct.contains(index),
      heap.moduleParts(value, budget: &budget) == nil
    else { return }
    for entries in tablesOfKeys(value) {
      budget -= entries.count
      if let key = heap.repeatedKey(entries) { throw twice(key) }
    }
    distinct.insert(index)
  }

  private func tablesOfKeys(_ value: PickleValue) -> [[PickleEntry]] {
    switch heap[value] {
    case .dict(let entries): return [entries]
    case .object(let object):
      let states = object.state.map { [$0] + (heap.tuple($0) ?? []) } ?? []
      return [object.entries] + states.compactMap(heap.dict)
    default: return []
    }
  }

  private func twice(_ key: String) -> WeightFileError {
    WeightFileError(
      .duplicateTensor, file: file,
      "\(key) is there twice in a dictionary, of which Python has the later value and other programs another one; do not trust this file"
    )
  }

  // MARK: Sizes

  /// The size of the largest table that a value is or leads to; nil without tensors.
  func size(behind value: PickleValue, depth: Int = 0) throws(WeightFileError) -> Size? {
    budget -= 1
    try requireBudget()
    let own = try ownSize(of: value)
    guard depth < StateDict.depthLimit else { return own }
    let inner = try candidates(in: value, depth: depth).map(\.size).max()
    return [own, inner].compactMap(\.self).max()
  }

  /// Ends a search that met too many values.
  private func requireBudget() throws(WeightFileError) {
    guard budget > 0 else {
      throw WeightFileError(
        .pickleLimit, file: file,
        "the pickle's values are too entangled to be searched; save 'model.state_dict()' alone")
    }
  }

  /// The size of the table that a value is; nil when it is none.
  func ownSize(of value: PickleValue) throws(WeightFileError) -> Size? {
    if heap.moduleParts(value, budget: &budget) != nil {
      return size(
        of: try ModuleTree(value, in: heap, checksForm: false, budget: &budget, file: file).tensors.map(
          \.value))
    }
    guard let entries = heap.entries(value) else { return nil }
    budget -= entries.count
    return size(of: entries.compactMap { heap.string($0.key) == nil ? nil : $0.value })
  }

  private func size(of values: [PickleValue]) -> Size? {
    var size = Size()
    for value in values {
      guard let dimensions = heap.dimensions(ofTensor: value) else { continue }
      size.tensors += 1
      if dimensions.count == 4 { size.kernels += 1 }
    }
    return size.tensors > 0 ? size : nil
  }

  // MARK: Tables

  /// The names and values of the table that a value is.
  ///
  /// - Parameter checksForm: true to refuse a table of a form in which Python may see another one.
  func table(_ value: PickleValue, checksForm: Bool = true) throws(WeightFileError) -> TensorTable {
    try requireBudget()
    if heap.moduleParts(value, budget: &budget) != nil {
      let tree = try ModuleTree(value, in: heap, checksForm: checksForm, budget: &budget, file: file)
      return TensorTable(rows: tree.tensors.map { ($0.name, $0.value) }, modules: tree.modules)
    }
    if checksForm { try requirePlain(value) }
    return TensorTable(rows: (heap.entries(value) ?? []).map { (heap.string($0.key), $0.value) })
  }

  /// The tables under some keys of a value, by the keys that lead to them from the root.
  func tables(
    _ keys: [String], of value: PickleValue, path: [String]
  ) throws(WeightFileError) -> [StateDictPlace.Table] {
    var tables: [StateDictPlace.Table] = []
    for key in keys {
      guard var inner = try lookUp(key, in: value) else { continue }
      for _ in 0..<StateDict.depthLimit {
        guard try ownSize(of: inner) == nil, let next = try? wrapped(in: inner) else { break }
        inner = next.0.value
      }
      let shapes = try table(inner, checksForm: false).rows.prefix(10_000).compactMap { name, value in
        heap.tensor(value).flatMap { record in name.map { (name: $0, shape: Shape(record.dimensions)) } }
      }
      tables.append(StateDictPlace.Table(key: (path + [key]).joined(separator: "."), shapes: shapes))
    }
    return tables
  }
}

/// The rows of a table of tensors; a row whose key is no text has no name.
struct TensorTable {
  var rows: [(name: String?, value: PickleValue)]
  /// The modules that the tensors belong to; nil for a dictionary.
  var modules: [ModuleRecord]?
}

extension PickleHeap {
  /// The extents of a tensor, none where they are unknown; nil of other values.
  func dimensions(ofTensor value: PickleValue) -> [Int]? {
    switch self[value] {
    case .tensor(let record): record.dimensions
    case .unreadable(let tensor): tensor.soundDimensions ?? []
    default: nil
    }
  }
}
