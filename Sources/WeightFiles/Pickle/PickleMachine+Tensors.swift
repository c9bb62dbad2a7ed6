/// The functions of PyTorch that make tensors.
extension PickleMachine {
  /// Pushes a parameter of a class's call with its tensor, and perhaps with statements about gradients; an empty one has its tensor in its state.
  func pushParameter(_ items: [PickleValue], of name: String) throws(WeightFileError) {
    let areFlags = items.dropFirst().allSatisfy { if case .bool = $0 { true } else { false } }
    guard items.count <= 3, areFlags else {
      throw cursor.fault(.malformedPickle, "'\(name)' of something else than a tensor and a flag")
    }
    guard let first = items.first, first != .none else { return try push(new: .emptyParameter) }
    switch heap[first] {
    case .tensor, .unreadable: try push(first)
    case .object(let object):
      try push(new: .unreadable(UnreadableTensor(what: "a tensor made by '\(object.name)'")), size: 160)
    default: throw cursor.fault(.malformedPickle, "'\(name)' of something else than a tensor and a flag")
    }
  }

  /// Gives a tensor the state that PyTorch writes: whether it takes gradients, something of no effect, and hooks. Anything else can give it other
  /// elements: PyTorch takes a tuple of four parts, and where it loads weights alone any tuple, for a storage, a place in it and a shape.
  func buildTensor(_ state: PickleValue) throws(WeightFileError) {
    guard let parts = heap.tuple(state), parts.count == 3, case .bool = parts[0], isHooks(parts[2]) else {
      throw cursor.fault(
        .deceptivePickle, "a state that gives a tensor other elements; do not trust this file")
    }
  }

  /// Gives an empty parameter the state of PyTorch 0.1: `(data, gradient, hooks, requires_grad, volatile)`.
  func buildParameter(_ index: Int, _ state: PickleValue) throws(WeightFileError) {
    guard let parts = heap.tuple(state), parts.count == 5, isHooks(parts[2]), case .bool = parts[3] else {
      throw cursor.fault(
        .deceptivePickle,
        "a parameter whose state is not (data, gradient, hooks, flag, flag); do not trust this file")
    }
    switch heap[parts[0]] {
    case .tensor(let record): heap.replace(index, with: .tensor(record))
    case .unreadable(let tensor): heap.replace(index, with: .unreadable(tensor))
    default: throw cursor.fault(.malformedPickle, "a parameter without data")
    }
  }

  private func isHooks(_ value: PickleValue) -> Bool { value == .none || heap.dict(value) != nil }

  func rebuild(
    _ function: TorchGlobals.Rebuild, _ items: [PickleValue]
  ) throws(WeightFileError) -> PickleValue {
    switch function {
    case .tensor, .tensorV2, .tensorV3: return try rebuildTensor(function, items)
    case .parameter, .parameterWithState:
      guard let first = items.first else {
        throw cursor.fault(.malformedPickle, "a parameter without a tensor")
      }
      if function == .parameterWithState, let fault = try faultOfAttributes(items.dropFirst(3).first) {
        return try made(.unreadable(UnreadableTensor(what: fault)))
      }
      switch heap[first] {
      case .tensor, .unreadable: return first
      case .object(let object):
        return try made(.unreadable(UnreadableTensor(what: "a tensor made by '\(object.name)'")))
      default: throw cursor.fault(.malformedPickle, "a parameter without a tensor")
      }
    case .fromType:
      // (function, type, arguments, state)
      guard items.count == 4, let name = heap.global(items[0]), let arguments = heap.tuple(items[2]) else {
        throw cursor.fault(.malformedPickle, "a tensor of a derived type without arguments")
      }
      guard let inner = TorchGlobals.Rebuild(rawValue: name), inner != .fromType else {
        guard TorchGlobals.makesTensor(name), name != TorchGlobals.Rebuild.fromType.rawValue else {
          throw cursor.fault(
            .forbiddenGlobal,
            "the pickle calls '\(name)' in the place of a function that makes tensors; do not trust this file"
          )
        }
        return try made(.unreadable(unreadable(by: name, arguments)))
      }
      if let fault = try faultOfAttributes(items[3]) {
        return try made(.unreadable(UnreadableTensor(what: fault)))
      }
      return try rebuild(inner, arguments)
    }
  }

  /// The reason why attributes that a tensor gets may be more than notes of somebody's own; nil where they are not.
  private func faultOfAttributes(_ state: PickleValue?) throws(WeightFileError) -> String? {
    guard let state else { return nil }
    try requireHarmless(state, ofDictionary: true)
    // Attributes, or these and slots; what else may give pairs of names and values is not followed.
    let parts = heap.tuple(state) ?? [state]
    guard heap.tuple(state) == nil || parts.count == 2 else { return "a tensor with a state of another form" }
    for part in parts where part != .none {
      guard let entries = heap.dict(part) else { return "a tensor with a state of another form" }
      for entry in entries {
        guard let key = heap.string(entry.key), !Self.ownAttributes.contains(key), !key.hasPrefix("__") else {
          return "a tensor whose elements its attributes change"
        }
      }
    }
    return nil
  }

  /// Attributes of tensors by which PyTorch changes their elements or what they are.
  private static let ownAttributes: Set = [
    "data", "grad", "imag", "names", "real", "requires_grad", "_backward_hooks", "_conj", "_neg",
  ]

  /// The description of a tensor by a function that makes special ones.
  func unreadable(by name: String, _ items: [PickleValue]) -> UnreadableTensor {
    let function = name.split(separator: ".").last.map(String.init) ?? name
    // Each function has the extents at another place.
    let places: [String: (what: String, place: Int)] = [
      "_rebuild_qtensor": ("a quantised tensor", 2),
      "_rebuild_meta_tensor_no_storage": ("a tensor without elements, of the device 'meta'", 1),
      "_rebuild_wrapper_subclass": ("a tensor of a derived type", 2),
    ]
    if let (what, place) = places[function] {
      let size = items.indices.contains(place) ? heap.integers(items[place]) : nil
      return UnreadableTensor(what: what, dimensions: size)
    }
    if function.contains("sparse") {
      // (layout, (indices, values, size, …)), or with more indices before the values.
      let parts = items.last.flatMap(heap.tuple) ?? []
      let size = parts.lazy.reversed().compactMap(heap.integers).first
      return UnreadableTensor(what: "a sparse tensor", dimensions: size)
    }
    return UnreadableTensor(what: "a tensor made by '\(name)'")
  }

  /// Adds a value that takes part in no container yet.
  private func made(_ node: PickleNode) throws(WeightFileError) -> PickleValue {
    try push(new: node, size: 160)
    return try pop()
  }

  /// `(storage, offset, size, stride)`, then in v2 `requires_grad, hooks[, metadata]` and in v3
  /// `requires_grad, hooks, dtype[, metadata]`.
  private func rebuildTensor(
    _ function: TorchGlobals.Rebuild, _ items: [PickleValue]
  ) throws(WeightFileError) -> PickleValue {
    let isV3 = function == .tensorV3
    guard items.count >= (isV3 ? 7 : 4), items.count <= 8, let offset = heap.int(items[1]),
      let size = heap.integers(items[2]), let stride = heap.integers(items[3])
    else { throw cursor.fault(.malformedPickle, "a tensor without storage, offset, size and strides") }
    func unreadable(_ what: String) throws(WeightFileError) -> PickleValue {
      try made(.unreadable(UnreadableTensor(what: what, dimensions: size)))
    }
    let storage: StorageReference
    switch heap[items[0]] {
    case .storage(let reference): storage = reference
    case .object(let object): return try unreadable("a tensor whose elements '\(object.name)' makes")
    default: throw cursor.fault(.malformedPickle, "a tensor without storage, offset, size and strides")
    }
    if let type = storage.foreignType { return try unreadable("elements of the type '\(type)'") }
    if items.count > (isV3 ? 7 : 6), items[isV3 ? 7 : 6] != .none,
      heap.dict(items[isV3 ? 7 : 6])?.isEmpty != true
    {
      return try unreadable("a negated or conjugated view")
    }
    let type: ScalarType
    if isV3 {
      let name = heap.global(items[6])
      guard let named = name.flatMap(TorchGlobals.elementType) else {
        return try unreadable("elements of the type '\(name ?? "?")'")
      }
      type = named
    } else {
      guard let named = storage.type else { throw cursor.fault(.malformedPickle, "a tensor without a type") }
      type = named
    }
    try charge(16 * (size.count + stride.count))
    let record: TensorRecord
    do throws(TensorRecord.Fault) {
      record = try TensorRecord(
        storage: storage, type: type, offset: offset, dimensions: size, strides: stride)
    } catch {
      throw cursor.fault(error.code, "a tensor: \(error.message)")
    }
    return try made(.tensor(record))
  }
}
