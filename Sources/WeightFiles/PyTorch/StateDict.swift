import Files
import Messages
package import TensorCore

/// Finds the tensors by name among the values of a pickle.
struct StateDict {
  /// A tensor and its name, in the file's order.
  var tensors: [(name: String, content: Content)] = []
  /// The modules that the tensors belong to; nil where the file has a plain table.
  var modules: [ModuleRecord]?
  var notes: [Remark] = []
  /// The place where they were found.
  var place = StateDictPlace()

  /// A tensor that can be read, or a special one that cannot.
  enum Content {
    case record(TensorRecord)
    case unreadable(UnreadableTensor)
  }

  /// Keys under which programs save the weights, in the order of the search: the network that was trained before its moving
  /// average, and a teacher, which is what self-supervised training is for, before its student; of other training the caller
  /// chooses between these two.
  static let usualKeys = [
    "state_dict", "model_state_dict", "model", "net", "network", "model_state", "module", "weights", "params",
    "teacher", "student", "model_ema", "state_dict_ema", "ema_state_dict", "ema_model", "params_ema", "ema",
  ]
  static let nameLimit = 1024
  static let depthLimit = 8

  /// - Parameter key: where to look: a key of the saved dictionary, or several with dots between them.
  /// - Throws: ``WeightFileError`` with `noStateDict`, `stateDictKey`, `duplicateTensor`, `unsafeName`, `invalidTensor`,
  ///   `unsupportedTensor`, `forbiddenGlobal`, `pickledModule`, `scripted` or `pickleLimit`.
  init(in archive: TorchArchive, key: String?, file: String) throws(WeightFileError) {
    let search = StateDictSearch(heap: archive.heap, file: file)
    var beside = SkippedValues(heap: archive.heap)
    var value = archive.root
    var path: [String] = []
    place.hasArrays = archive.hasArrays
    if let key {
      value = try search.value(under: key, of: archive.root)
      path = [key]
      place.key = key
      notes.append("state dict: '\(key.printable)', as asked for")
      let others = try search.candidates(in: archive.root).map(\.key).filter { $0 != key }
      place.others = try search.tables(others, of: archive.root, path: [])
      beside.add(
        search.children(of: archive.root), but: key.split(separator: ".").first.map(String.init) ?? key)
    }
    while path.count < Self.depthLimit, let (found, others) = try search.wrapped(in: value) {
      place.others += try search.tables(others, of: value, path: path)
      beside.add(search.children(of: value), but: found.key, path: path)
      path.append(found.key)
      let place = path.joined(separator: ".")
      self.place.key = place
      value = found.value
      let hint: Remark =
        others.isEmpty
        ? ""
        : ". Use \(Remedy.stateDictKey(nil)) for another: \(StateDictSearch.list(others))."
      notes.append("state dict: '\(place.printable)'\(hint)")
    }
    let table = try search.table(value)
    modules = table.modules?.map(archive.program.described)
    if let root = modules?.first {
      notes.append(
        "module: the parameters and buffers of '\(root.className.printable)', read without running anything of it"
      )
    }
    try take(table, &beside, file: file)
    guard !tensors.isEmpty else { throw archive.nothing(at: value, file: file) }
    if let special = tensors.lazy.compactMap(\.content.unreadable).first,
      tensors.allSatisfy({ $0.content.unreadable != nil })
    {
      throw WeightFileError(
        .unsupportedTensor, file: file,
        "'\(tensors[0].name.printable)' is made of \(special.what), which is not read; save plain tensors in Python"
      )
    }
    notes += beside.notes
  }

  private mutating func take(
    _ table: TensorTable, _ beside: inout SkippedValues, file: String
  ) throws(WeightFileError) {
    var names: Set<String> = []
    for (name, value) in table.rows {
      if let name, !names.insert(name).inserted {
        throw WeightFileError(.duplicateTensor, file: file, "two values are named '\(name.printable)'")
      }
      let content: Content
      switch beside.heap[value] {
      case .tensor(let record): content = .record(record)
      case .unreadable(let tensor): content = .unreadable(tensor)
      case .tuple(let parts):
        guard let name, let packed = packed(name, parts, beside.heap) else {
          try beside.addToTable(name, value, file: file)
          continue
        }
        for (name, content) in packed {
          guard names.insert(name).inserted else {
            throw WeightFileError(.duplicateTensor, file: file, "two values are named '\(name.printable)'")
          }
          try Self.check(name, file: file)
          tensors.append((name, content))
        }
        continue
      default:
        try beside.addToTable(name, value, file: file)
        continue
      }
      guard let name else {
        throw WeightFileError(
          .noStateDict, file: file, "a tensor whose key is no text: this is no state dict")
      }
      try Self.check(name, file: file)
      tensors.append((name, content))
    }
  }

  /// The weight and the bias of a quantized linear layer, which PyTorch keeps as a pair; nil for any other tuple.
  private func packed(_ name: String, _ parts: [PickleValue], _ heap: PickleHeap) -> [(String, Content)]? {
    let ending = "._packed_params._packed_params"
    guard name.hasSuffix(ending), parts.count == 2, case .unreadable(let weight) = heap[parts[0]],
      weight.quantized != nil
    else { return nil }
    let path = String(name.dropLast("._packed_params".count))
    let own = [(path + ".weight", Content.unreadable(weight))]
    if parts[1] == .none { return own }
    guard case .tensor(let bias) = heap[parts[1]] else { return nil }
    return own + [(path + ".bias", .record(bias))]
  }

  static func check(_ name: String, file: String) throws(WeightFileError) {
    guard (1...nameLimit).contains(name.utf8.count),
      name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F }),
      !name.pathParts.contains("..")
    else {
      throw WeightFileError(
        .unsafeName, file: file,
        "a tensor named \(name.prefix(80).debugDescription): a name has 1 to \(nameLimit) bytes, no control characters, and "
          + "no '..' between slashes")
    }
  }
}

extension StateDict.Content {
  var record: TensorRecord? {
    if case .record(let record) = self { record } else { nil }
  }

  /// All that is read for it.
  var records: [TensorRecord] {
    switch self {
    case .record(let record): [record]
    case .unreadable(let tensor): tensor.quantized?.records ?? []
    }
  }

  var unreadable: UnreadableTensor? {
    if case .unreadable(let tensor) = self { tensor } else { nil }
  }
}

/// The table of tensors that was taken from a training checkpoint, and its siblings.
package struct StateDictPlace: Sendable {
  /// The keys that lead to it, with dots between them; nil for the file's only table.
  package var key: String?
  /// Other tables of the file, by the key that leads to them.
  package var others: [Table]
  /// True if NumPy's arrays may be among its tensors.
  package var hasArrays = false

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
