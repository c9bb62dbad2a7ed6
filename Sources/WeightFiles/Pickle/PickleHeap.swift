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
  /// Bytes, or a text that is too long for a name; with their place, unless they lie in a compressed pickle.
  case blob(PickledBytes?)
  /// An integer that does not fit 64 bits; nothing here needs its value.
  case bigInteger
  /// A class or function by its full name, for example `collections.OrderedDict`.
  case global(String)
  /// An attribute of a class or an object by its full name, for example `net.Block.Kind`: a value that is called as an enumeration alone, and
  /// that only somebody's own class within a class makes objects of.
  case member(String, isClass: Bool)
  case tuple([PickleValue])
  case list([PickleValue])
  case set([PickleValue])
  case dict([PickleEntry])
  indirect case storage(StorageReference)
  indirect case tensor(TensorRecord)
  /// A parameter that has not been told its tensor yet.
  case emptyParameter
  /// A tensor that cannot be read: quantised, sparse, without elements, or of a type that is not understood.
  indirect case unreadable(UnreadableTensor)
  /// The result of a class or function that is not interpreted.
  case object(PickleObject)
}

/// A tensor whose elements cannot be read.
struct UnreadableTensor {
  /// The reason in words, for example "a sparse tensor".
  var what: String
  /// The extents, where they are known.
  var dimensions: [Int]?
  /// The integers of a quantised tensor, for those who know what to do with them.
  var quantized: QuantizedRecord?

  /// The extents, if a tensor can have them.
  var soundDimensions: [Int]? {
    guard let dimensions, dimensions.count <= TensorRecord.rankLimit, TensorLimit.isSound(dimensions) else {
      return nil
    }
    return dimensions
  }
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

  /// The form of what is appended to a container.
  enum Addition {
    case elements
    /// Keys and values by turns.
    case entries
  }

  /// Appends to a list, a set, a dictionary or an object. False when the node is none of them.
  mutating func append(_ items: ArraySlice<PickleValue>, as form: Addition, to index: Int) -> Bool {
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
      Self.append(items, to: &entries)
      nodes[index] = .dict(entries)
    case .object(let object) where object.isInstance:
      switch form {
      case .elements: object.items.append(contentsOf: items)
      case .entries: Self.append(items, to: &object.entries)
      }
      nodes[index] = .object(object)
    case let other:
      nodes[index] = other
      return false
    }
    return true
  }

  private static func append(_ items: ArraySlice<PickleValue>, to entries: inout [PickleEntry]) {
    var position = items.startIndex
    while position + 1 < items.endIndex {
      entries.append(PickleEntry(key: items[position], value: items[position + 1]))
      position += 2
    }
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

  func object(_ value: PickleValue) -> PickleObject? {
    if case .object(let object) = self[value] { object } else { nil }
  }

  /// The entries of a dictionary, of whatever class.
  func entries(_ value: PickleValue) -> [PickleEntry]? {
    switch self[value] {
    case .dict(let entries): entries
    case .object(let object) where !object.entries.isEmpty: object.entries
    default: nil
    }
  }

  /// The attributes of an object: its state, or the first part of a state that has slots beside it. PyTorch's modules have no slots, and
  /// take such a state in another way.
  func attributes(_ object: PickleObject) -> [PickleEntry]? {
    guard let state = object.state else { return nil }
    if let own = dict(state) { return own }
    guard let parts = tuple(state), parts.count == 2, let own = dict(parts[0]),
      parts[1] == .none || dict(parts[1]) != nil, !own.contains(where: { string($0.key) == "_parameters" })
    else { return nil }
    return own
  }

  /// True for a key that is equal to no other one than it seems: a text, a number or a tuple. A value that a class made, or a name's, may be
  /// equal to any text.
  func isPlainKey(_ value: PickleValue) -> Bool {
    switch self[value] {
    case nil, .string, .blob, .bigInteger, .tuple: true
    default: false
    }
  }

  /// True for a number, a text, bytes, or a tuple of these.
  func isConstant(_ value: PickleValue) -> Bool {
    switch self[value] {
    case nil, .string, .blob, .bigInteger: true
    case .tuple(let items):
      items.allSatisfy { item in
        switch self[item] {
        case nil, .string, .blob, .bigInteger: true
        default: false
        }
      }
    default: false
    }
  }

  /// True for a class or function by its name, an attribute of one, or what one made.
  func isNamedOrMade(_ value: PickleValue) -> Bool {
    switch self[value] {
    case .global, .member, .object: true
    default: false
    }
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
}
