/// The meaning of calls and objects in a pickle. Nothing is called: a few names are understood, others become opaque
/// values, and are refused as soon as they are given a tensor.
extension PickleMachine {
  func pushGlobal(module: String, name: String) throws(WeightFileError) {
    let full = module + "." + name
    guard !module.isEmpty, !name.isEmpty,
      full.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F })
    else { throw cursor.fault(.malformedPickle, "a global without a sound name") }
    try push(new: .global(full), size: full.utf8.count)
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
    if let rebuild = TorchGlobals.Rebuild(rawValue: name) {
      return try push(self.rebuild(rebuild, items))
    }
    if TorchGlobals.parameterClasses.contains(name) {
      if let first = items.first, heap.tensor(first) != nil { return try push(first) }
      return try push(new: .emptyParameter)
    }
    if TorchGlobals.dictionaries.contains(name) {
      return try push(new: .dict(entries(of: items, name: name)))
    }
    if name == "torch.Size", items.count == 1, heap.integers(items[0]) != nil { return try push(items[0]) }
    if let (code, reason) = TorchGlobals.refusal(of: name) {
      throw cursor.fault(code, "the pickle calls '\(name)': \(reason)")
    }
    try requireNoTensor(in: arguments, of: name)
    try push(new: .opaque(name))
  }

  /// Gives an object its state.
  func build() throws(WeightFileError) {
    let state = try pop()
    let object = try pop()
    guard case .node(let index) = object else {
      throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    switch heap.nodes[index] {
    case .dict: break  // The `_metadata` of a state dict: versions of modules.
    case .tensor: break  // Hooks, and whether it takes gradients.
    case .emptyParameter:
      // A parameter of PyTorch 0.1: (data, gradient, hooks, requires_grad, volatile).
      guard let items = heap.tuple(state), let first = items.first, let record = heap.tensor(first) else {
        throw cursor.fault(.malformedPickle, "a parameter without data")
      }
      heap.replace(index, with: .tensor(record))
    case .opaque(let name):
      if isModule(state) {
        throw cursor.fault(
          .pickledModule,
          "the file holds a whole module ('\(name)'), which only its own program can read; save 'model.state_dict()' "
            + "in Python instead")
      }
      try requireNoTensor(in: state, of: name)
    default: throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    try push(object)
  }

  /// - Throws: ``WeightFileError`` with `forbiddenGlobal` when a tensor can be reached from `value`.
  func requireNoTensor(in value: PickleValue, of name: String) throws(WeightFileError) {
    switch heap.reachesTensor(from: value, budget: &searchBudget) {
    case false: return
    case true:
      throw cursor.fault(
        .forbiddenGlobal,
        "tensors are handed to '\(name)', which this program does not know; save 'model.state_dict()' in Python instead"
      )
    default: throw cursor.fault(.pickleLimit, "the pickle is too entangled")
    }
  }

  private func isModule(_ state: PickleValue) -> Bool {
    guard let entries = heap.dict(state) else { return false }
    return entries.prefix(64).contains { ["_parameters", "_modules"].contains(heap.string($0.key)) }
  }

  private func entries(of items: [PickleValue], name: String) throws(WeightFileError) -> [PickleEntry] {
    let arguments = name == "collections.defaultdict" ? items.dropFirst() : items[...]
    guard let first = arguments.first else { return [] }
    if let entries = heap.dict(first) {
      try charge(32 * entries.count)
      return entries
    }
    guard let pairs = heap.list(first) ?? heap.tuple(first) else {
      throw cursor.fault(.malformedPickle, "a dictionary of something that is none")
    }
    try charge(32 * pairs.count)
    var entries: [PickleEntry] = []
    for pair in pairs {
      guard let items = heap.tuple(pair) ?? heap.list(pair), items.count == 2 else {
        throw cursor.fault(.malformedPickle, "a dictionary of something that is no pair")
      }
      entries.append(PickleEntry(key: items[0], value: items[1]))
    }
    return entries
  }

  // MARK: Tensors

  private func rebuild(
    _ function: TorchGlobals.Rebuild, _ items: [PickleValue]
  ) throws(WeightFileError) -> PickleValue {
    switch function {
    case .tensor, .tensorV2, .tensorV3: return try rebuildTensor(function, items)
    case .parameter, .parameterWithState:
      guard let first = items.first, heap.tensor(first) != nil else {
        throw cursor.fault(.malformedPickle, "a parameter without a tensor")
      }
      return first
    case .fromType:
      // (function, type, arguments, state)
      guard items.count == 4, let name = heap.global(items[0]), let arguments = heap.tuple(items[2]) else {
        throw cursor.fault(.malformedPickle, "a tensor of a derived type without arguments")
      }
      guard let inner = TorchGlobals.Rebuild(rawValue: name), inner != .fromType else {
        throw cursor.fault(.unsupportedTensor, "a tensor made by '\(name)'")
      }
      return try rebuild(inner, arguments)
    }
  }

  /// `(storage, offset, size, stride)`, then in v2 `requires_grad, hooks[, metadata]` and in v3
  /// `requires_grad, hooks, dtype[, metadata]`.
  private func rebuildTensor(
    _ function: TorchGlobals.Rebuild, _ items: [PickleValue]
  ) throws(WeightFileError) -> PickleValue {
    let isV3 = function == .tensorV3
    guard items.count >= (isV3 ? 7 : 4), items.count <= 8, case .storage(let storage) = heap[items[0]],
      let offset = heap.int(items[1]), let size = heap.integers(items[2]),
      let stride = heap.integers(items[3])
    else { throw cursor.fault(.malformedPickle, "a tensor without storage, offset, size and strides") }
    if items.count > (isV3 ? 7 : 6), let metadata = heap.dict(items[isV3 ? 7 : 6]), !metadata.isEmpty {
      throw cursor.fault(.unsupportedTensor, "a negated or conjugated view")
    }
    let type: ScalarType
    if isV3 {
      guard let name = heap.global(items[6]), let named = TorchGlobals.elementType(name) else {
        throw cursor.fault(.unsupportedTensor, "elements of the type '\(heap.global(items[6]) ?? "?")'")
      }
      type = named
    } else {
      guard let named = storage.type else { throw cursor.fault(.malformedPickle, "a tensor without a type") }
      type = named
    }
    try charge(16 * (size.count + stride.count) + 160)
    let record: TensorRecord
    do throws(TensorRecord.Fault) {
      record = try TensorRecord(
        storage: storage, type: type, offset: offset, dimensions: size, strides: stride)
    } catch {
      throw cursor.fault(error.code, "a tensor: \(error.message)")
    }
    try push(new: .tensor(record))
    return try pop()
  }
}
