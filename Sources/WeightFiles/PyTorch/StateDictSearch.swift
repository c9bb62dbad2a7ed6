import Messages
import TensorCore

/// Looks for dictionaries of tensors.
struct StateDictSearch {
  let heap: PickleHeap
  let file: String

  /// The value under a key that the caller named.
  func value(under key: String, of root: PickleValue) throws(WeightFileError) -> PickleValue {
    if let value = try lookUp(key, in: root), hasTensors(value) { return value }
    var value: PickleValue? = root
    for part in key.split(separator: ".") {
      guard let outer = value else { break }
      value = try lookUp(String(part), in: outer)
    }
    guard let value, hasTensors(value) else {
      let candidates = candidates(in: root)
      throw WeightFileError(
        .stateDictKey, file: file,
        "there are no tensors under '\(key)'"
          + (candidates.isEmpty ? "" : "; there are under \(candidates.joined(separator: ", "))"))
    }
    return value
  }

  /// The dictionary that one of the usual keys of `value` leads to, or the only one with tensors when `value` has
  /// none of its own; nil when `value` is it. `others` are the keys that could be meant too.
  func wrapped(
    in value: PickleValue
  ) throws(WeightFileError) -> (name: String, value: PickleValue, others: [String])? {
    let candidates = candidates(in: value)
    for key in StateDict.usualKeys {
      if let inner = try lookUp(key, in: value), heap.dict(inner) != nil,
        hasTensors(inner) || !self.candidates(in: inner).isEmpty
      {
        return (key, inner, candidates.filter { $0 != key })
      }
    }
    guard !hasTensors(value), let only = candidates.first else { return nil }
    guard candidates.count == 1, let inner = try lookUp(only, in: value) else {
      throw WeightFileError(
        .noStateDict, file: file,
        "tensors are under \(candidates.joined(separator: ", ")): choose with \(Remedy.stateDictKey(nil))")
    }
    return (only, inner, [])
  }

  /// The value under a key of a dictionary.
  private func lookUp(_ key: String, in value: PickleValue) throws(WeightFileError) -> PickleValue? {
    let found = (heap.dict(value) ?? []).filter { heap.string($0.key) == key }
    guard found.count <= 1 else {
      throw WeightFileError(.duplicateTensor, file: file, "the key '\(key)' is there twice")
    }
    return found.first?.value
  }

  /// True if one of the first entries is a tensor with a name; later entries do not decide the kind of a dictionary.
  private func hasTensors(_ value: PickleValue) -> Bool {
    (heap.dict(value) ?? []).prefix(10_000).contains {
      heap.tensor($0.value) != nil && heap.string($0.key) != nil
    }
  }

  /// The first keys of `value` that lead to dictionaries with tensors.
  func candidates(in value: PickleValue) -> [String] {
    var keys: [String] = []
    for entry in (heap.dict(value) ?? []).prefix(100) {
      if let key = heap.string(entry.key), key.utf8.count <= 80, hasTensors(entry.value) { keys.append(key) }
    }
    return Array(keys.prefix(16))
  }

  /// The tables under some keys of a value, by the keys that lead to them from the root.
  func tables(
    _ keys: [String], of value: PickleValue, path: ArraySlice<String>
  ) throws(WeightFileError) -> [StateDictPlace.Table] {
    var tables: [StateDictPlace.Table] = []
    for key in keys {
      guard let inner = try lookUp(key, in: value) else { continue }
      let shapes = (heap.dict(inner) ?? []).prefix(10_000).compactMap { entry in
        heap.tensor(entry.value).flatMap { record in
          heap.string(entry.key).map { (name: $0, shape: Shape(record.dimensions)) }
        }
      }
      tables.append(StateDictPlace.Table(key: (path + [key]).joined(separator: "."), shapes: shapes))
    }
    return tables
  }

  func nothing(in root: PickleValue) -> WeightFileError {
    let what =
      switch heap[root] {
      case .tensor: "a single tensor"
      case .list, .tuple, .set: "a list"
      case .dict: "a dictionary without tensors"
      case .opaque(let name): "an object of '\(name)'"
      default: "no dictionary"
      }
    return WeightFileError(
      .noStateDict, file: file,
      "the file holds \(what), not tensors by name; save 'model.state_dict()' in Python")
  }
}
