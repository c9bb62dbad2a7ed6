import Messages
package import TensorCore

/// Finds the tensors by name among the values of a pickle.
struct StateDict {
  /// A tensor and its name, in the file's order.
  var tensors: [(name: String, record: TensorRecord)] = []
  var notes: [Remark] = []
  /// The place where they were found.
  var place = StateDictPlace()

  /// Keys under which training scripts save the weights, in the order of the search.
  static let usualKeys = ["state_dict", "model_state_dict", "model", "net", "model_ema"]
  static let nameLimit = 1024
  private static let depthLimit = 8

  /// - Parameter key: where to look: a key of the saved dictionary, or several with dots between them.
  /// - Throws: ``WeightFileError`` with `noStateDict`, `stateDictKey`, `duplicateTensor`, `unsafeName` or `invalidTensor`.
  init(in archive: TorchArchive, key: String?, file: String) throws(WeightFileError) {
    let search = StateDictSearch(heap: archive.heap, file: file)
    let found: PickleValue
    if let key {
      found = try search.value(under: key, of: archive.root)
      notes.append("state dict: '\(key)', as asked for")
      place.key = key
      let others = search.candidates(in: archive.root).filter { $0 != key }
      place.others = try search.tables(others, of: archive.root, path: [])
    } else {
      var value = archive.root
      var path: [String] = []
      while path.count < Self.depthLimit, let (name, inner, others) = try search.wrapped(in: value) {
        path.append(name)
        place.key = path.joined(separator: ".")
        place.others += try search.tables(others, of: value, path: path.dropLast())
        value = inner
        let hint: Remark =
          others.isEmpty
          ? "" : ". Use \(Remedy.stateDictKey(nil)) for another: \(others.joined(separator: ", "))."
        notes.append("state dict: '\(path.joined(separator: "."))'\(hint)")
      }
      found = value
    }
    let entries = search.heap.dict(found) ?? []
    var names: Set<String> = []
    var others = 0
    for entry in entries {
      guard let record = search.heap.tensor(entry.value) else {
        others += 1
        continue
      }
      guard let name = search.heap.string(entry.key) else {
        throw WeightFileError(
          .noStateDict, file: file, "a tensor whose key is no text: this is no state dict")
      }
      try Self.check(name, file: file)
      guard names.insert(name).inserted else {
        throw WeightFileError(.duplicateTensor, file: file, "two tensors are named '\(name)'")
      }
      tensors.append((name, record))
    }
    guard !tensors.isEmpty else { throw search.nothing(in: archive.root) }
    if others > 0 { notes.append("left out: \(others) values of the state dict that are no tensors") }
  }

  private static func check(_ name: String, file: String) throws(WeightFileError) {
    guard (1...nameLimit).contains(name.utf8.count),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      !name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
    else {
      throw WeightFileError(
        .unsafeName, file: file,
        "a tensor named \(name.prefix(80).debugDescription): a name has 1 to \(nameLimit) bytes, no control characters, and "
          + "no '..' between slashes")
    }
  }
}

/// The table of tensors that was taken from a training checkpoint, and its siblings.
package struct StateDictPlace: Sendable {
  /// The keys that lead to it, with dots between them; nil for the file's only table.
  package var key: String?
  /// Other tables of the file, by the key that leads to them.
  package var others: [Table]

  /// A table of tensors that was not taken.
  package struct Table: Sendable {
    package var key: String
    package var shapes: [(name: String, shape: Shape)]

    package init(key: String, shapes: [(name: String, shape: Shape)]) {
      self.key = key
      self.shapes = shapes
    }
  }

  package init(key: String? = nil, others: [Table] = []) {
    self.key = key
    self.others = others
  }
}
