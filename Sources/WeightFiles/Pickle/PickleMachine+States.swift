/// The states that a pickle gives to objects: each kind has one form that PyTorch writes.
extension PickleMachine {
  /// Gives an object its state.
  func build() throws(WeightFileError) {
    let state = try pop()
    let value = try pop()
    guard case .node(let index) = value else {
      throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    switch heap.nodes[index] {
    case .dict: try requireMetadata(state)
    case .tensor, .unreadable: try buildTensor(state)
    case .emptyParameter: try buildParameter(index, state)
    case .object(let object):
      guard object.isInstance else {
        throw cursor.fault(
          .deceptivePickle, "a state for what '\(object.name)' made, which has none; do not trust this file")
      }
      // A second one goes to what the first has made of the object.
      guard object.state == nil else {
        throw cursor.fault(
          .deceptivePickle, "a second state for what '\(object.name)' made; do not trust this file")
      }
      try requireHarmless(state, ofDictionary: false)
      object.state = state
      if case .reconstruct? = ArrayFunction(object.name),
        heap.tuple(object.arguments)?.first.flatMap(heap.global) == "numpy.ndarray",
        let node = try array(state: state)
      {
        heap.replace(index, with: node)
      }
    case .global(let name), .member(let name, _):
      throw cursor.fault(
        .forbiddenGlobal,
        "a state for '\(name)' itself, which would change the program that loads it; do not trust this file")
    default: throw cursor.fault(.malformedPickle, "a state for something that has none")
    }
    try freeze([state] + (heap.tuple(state) ?? []))
    try push(value)
  }

  /// Refuses a state of a dictionary that is more than the `_metadata` of a state dict, the versions of its modules: an attribute of another
  /// name hides a method, and Python sees another dictionary.
  private func requireMetadata(_ state: PickleValue) throws(WeightFileError) {
    guard let attributes = heap.dict(state),
      attributes.allSatisfy({
        heap.string($0.key) == "_metadata" && ($0.value == .none || heap.dict($0.value) != nil)
      })
    else {
      throw cursor.fault(
        .forbiddenGlobal,
        "a dictionary with other attributes than '_metadata', which may change it; do not trust this file")
    }
  }

  /// Refuses a state by which an object gets a function in the place of a method that unpickling itself calls, or a tensor any.
  func requireHarmless(_ state: PickleValue, ofDictionary isDictionary: Bool) throws(WeightFileError) {
    for part in [state] + (heap.tuple(state) ?? []) {
      for entry in heap.dict(part) ?? [] {
        guard heap.isPlainKey(entry.key) else {
          throw cursor.fault(
            .deceptivePickle, "an attribute whose name is not a plain text; do not trust this file")
        }
        guard let key = heap.string(entry.key), heap.isNamedOrMade(entry.value) else { continue }
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
}
