import Messages
import TensorCore

/// Finds the tensors by name among the values of a pickle.
struct StateDict {
  /// A tensor and its name, in the file's order.
  var tensors: [(name: String, record: TensorRecord)] = []
  var notes: [Remark] = []
  /// Where they were found.
  var place = StateDictPlace()

  /// Where training scripts put the weights, in the order in which they are looked for.
  static let usualKeys = ["state_dict", "model_state_dict", "model", "net", "model_ema"]
  static let nameLimit = 1024
  private static let depthLimit = 8

  /// - Parameter key: where to look: a key of the saved dictionary, or several with dots between them.
  /// - Throws: ``ImportError`` with `noStateDict`, `stateDictKey`, `duplicateTensor`, `unsafeName` or `invalidTensor`.
  init(in archive: TorchArchive, key: String?, file: String) throws(ImportError) {
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
          ? "" : " (\(Remedy.stateDictKey(nil)) takes another: \(others.joined(separator: ", ")))"
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
        throw ImportError(.noStateDict, file: file, "a tensor whose key is no text: this is no state dict")
      }
      try Self.check(name, file: file)
      guard names.insert(name).inserted else {
        throw ImportError(.duplicateTensor, file: file, "two tensors are named '\(name)'")
      }
      tensors.append((name, record))
    }
    guard !tensors.isEmpty else { throw search.nothing(in: archive.root) }
    if others > 0 { notes.append("left out: \(others) values of the state dict that are no tensors") }
  }

  private static func check(_ name: String, file: String) throws(ImportError) {
    guard (1...nameLimit).contains(name.utf8.count),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      !name.split(separator: "/", omittingEmptySubsequences: false).contains("..")
    else {
      throw ImportError(
        .unsafeName, file: file,
        "a tensor named \(name.prefix(80).debugDescription): a name has 1 to \(nameLimit) bytes, no control characters, and "
          + "no '..' between slashes")
    }
  }
}

/// Which table of tensors of a training checkpoint was taken.
struct StateDictPlace {
  /// The keys that lead to it, with dots between them; nil for the file's only table.
  var key: String?
  /// Other tables of the file, by the key that ``ImportOptions/stateDictKey`` takes.
  var others: [Table] = []

  /// A table of tensors that was not taken.
  struct Table {
    var key: String
    var shapes: [(name: String, shape: Shape)]
  }
}
