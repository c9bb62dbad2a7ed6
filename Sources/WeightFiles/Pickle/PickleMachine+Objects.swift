/// The meaning of calls and objects in a pickle. Nothing is called: a few names are interpreted, those that reach for
/// the system are refused, and the results of all others are described.
extension PickleMachine {
  func pushGlobal(module: String, name: String) throws(WeightFileError) {
    let full = module + "." + name
    guard !module.isEmpty, !name.isEmpty,
      full.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { throw cursor.fault(.malformedPickle, "a global without a sound name") }
    let global = GlobalName(module: module, attribute: name)
    guard !TorchGlobals.leadsToSystem(global) else { throw refusal(of: full) }
    // A function within a class, or within another module, becomes a value that cannot be called: no file of weights has a reason to call one.
    if global.isMember {
      return try push(new: .object(PickleObject(name: full, arguments: .none)), size: 112 + full.utf8.count)
    }
    try pushGlobal(full)
  }

  private func pushGlobal(_ name: String) throws(WeightFileError) {
    guard !TorchGlobals.runsPrograms(name) else { throw refusal(of: name) }
    try push(new: .global(name), size: name.utf8.count)
  }

  /// Interprets a call, or the making of an object of a class.
  func call() throws(WeightFileError) {
    let arguments = try pop()
    let callee = try pop()
    guard let items = heap.tuple(arguments) else {
      throw cursor.fault(.malformedPickle, "a call whose arguments are not a tuple")
    }
    guard let name = heap.global(callee) else {
      throw cursor.fault(.forbiddenGlobal, "a call of something that is not a name")
    }
    if let rebuild = TorchGlobals.Rebuild(rawValue: name) { return try push(self.rebuild(rebuild, items)) }
    if TorchGlobals.parameterClasses.contains(name) {
      if let first = items.first, heap.tensor(first) != nil { return try push(first) }
      return try push(new: .emptyParameter)
    }
    if TorchGlobals.dictionaries.contains(name), let entries = try entries(of: items, name: name) {
      return try push(new: .dict(entries))
    }
    if name == "torch.Size", items.count == 1, heap.integers(items[0]) != nil { return try push(items[0]) }
    if TorchGlobals.tags.contains(name), let first = items.first { return try push(first) }
    if TorchGlobals.attributeGetters.contains(name) { return try pushAttribute(items) }
    if TorchGlobals.makers.contains(name), let made = items.first.flatMap(heap.global) {
      return try pushObject(of: made, arguments)
    }
    if let function = ArrayFunction(name), let node = try array(function, items) {
      return try push(new: node, size: 160)
    }
    if TorchGlobals.makesTensor(name) { return try push(new: .unreadable(unreadable(by: name, items))) }
    try pushObject(of: name, arguments)
  }

  private func pushObject(of name: String, _ arguments: PickleValue) throws(WeightFileError) {
    guard !TorchGlobals.isForbidden(name) else { throw refusal(of: name) }
    try push(new: .object(PickleObject(name: name, arguments: arguments)), size: 112)
  }

  /// `getattr(owner, name)`: a method, or a class within a class.
  private func pushAttribute(_ items: [PickleValue]) throws(WeightFileError) {
    guard items.count == 2, let attribute = heap.string(items[1]),
      (1...Limit.globalName).contains(attribute.utf8.count)
    else { throw refusal(of: "getattr") }
    let owner = heap.global(items[0]) ?? heap.object(items[0])?.name ?? "an object"
    guard !TorchGlobals.isForbidden(attribute: attribute, of: owner) else { throw refusal(of: attribute) }
    let full = owner + "." + attribute
    guard full.utf8.count <= 4 * Limit.globalName else {
      throw cursor.fault(.pickleLimit, "a name of \(full.utf8.count) bytes")
    }
    guard !TorchGlobals.isForbidden(full) else { throw refusal(of: full) }
    // A class within a class may be made; a method is never called.
    if heap.global(items[0]) != nil, GlobalName(module: owner, attribute: attribute).isClass {
      return try pushGlobal(full)
    }
    try push(new: .object(PickleObject(name: full, arguments: .none)), size: 112 + full.utf8.count)
  }

  private func refusal(of name: String) -> WeightFileError {
    cursor.fault(
      .forbiddenGlobal,
      "the pickle asks for '\(name)', which can run programs or touch files; do not trust this file")
  }

  /// Gives an object its state.
  func build() throws(WeightFileError) {
    let state = try pop()
    let value = try pop()
    guard case .node(let index) = value else {
      throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    switch heap.nodes[index] {
    case .dict:
      // The `_metadata` of a state dict: versions of modules.
      try requireHarmless(state, ofDictionary: true)
    case .tensor, .unreadable:
      // The state of three parts says whether the tensor takes gradients, and its hooks; a state of another length gives it other elements.
      guard heap.tuple(state)?.count == 3 else {
        throw cursor.fault(
          .malformedPickle, "a state that gives a tensor other elements; do not trust this file")
      }
    case .emptyParameter:
      // A parameter of PyTorch 0.1: (data, gradient, hooks, requires_grad, volatile).
      guard let items = heap.tuple(state), let first = items.first else {
        throw cursor.fault(.malformedPickle, "a parameter without data")
      }
      switch heap[first] {
      case .tensor(let record): heap.replace(index, with: .tensor(record))
      case .unreadable(let tensor): heap.replace(index, with: .unreadable(tensor))
      default: throw cursor.fault(.malformedPickle, "a parameter without data")
      }
    case .object(let object):
      // A second one goes to what the first has made of the object.
      guard object.state == nil else {
        throw cursor.fault(
          .malformedPickle, "a second state for what '\(object.name)' made; do not trust this file")
      }
      try requireHarmless(state, ofDictionary: false)
      object.state = state
      if case .reconstruct? = ArrayFunction(object.name), let node = try array(state: state) {
        heap.replace(index, with: node)
      }
    default: throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    try push(value)
  }

  /// Refuses a state by which an object gets a function in the place of a method that unpickling itself calls, or a dictionary any.
  func requireHarmless(_ state: PickleValue, ofDictionary isDictionary: Bool) throws(WeightFileError) {
    for part in [state] + (heap.tuple(state) ?? []) {
      for entry in heap.dict(part) ?? [] {
        guard let key = heap.string(entry.key),
          heap.global(entry.value) != nil || heap.object(entry.value) != nil
        else { continue }
        let isCalled =
          key.hasPrefix("__") || ["add", "append", "as_subclass", "extend", "update"].contains(key)
        guard !isCalled, !isDictionary else {
          throw cursor.fault(
            .forbiddenGlobal,
            "a state that puts a function in the place of '\(key)', which is called when the file is loaded; do not trust this file"
          )
        }
      }
    }
  }

  /// The entries that a dictionary is made of; nil when they are of an unusual form.
  private func entries(of items: [PickleValue], name: String) throws(WeightFileError) -> [PickleEntry]? {
    let arguments = name == "collections.defaultdict" ? items.dropFirst() : items[...]
    guard let first = arguments.first else { return [] }
    if let entries = heap.dict(first) {
      try charge(32 * entries.count)
      return entries
    }
    guard let pairs = heap.list(first) ?? heap.tuple(first) else { return nil }
    try charge(32 * pairs.count)
    var entries: [PickleEntry] = []
    for pair in pairs {
      guard let items = heap.tuple(pair) ?? heap.list(pair), items.count == 2 else { return nil }
      entries.append(PickleEntry(key: items[0], value: items[1]))
    }
    return entries
  }
}
