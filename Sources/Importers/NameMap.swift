/// How other programs' tensor names become those of the graph; the only place where foreign names occur.
enum NameMap {
  /// Prefixes that training wrappers put before every name: `DataParallel`, `torch.compile`.
  static let wrappers = ["module.", "_orig_mod."]
  /// Names that begin with the first word begin with the second one here.
  static let prefixes = [("linear.", "fc.")]
  /// Names that end so are left out: inference and training count batches otherwise, or not at all.
  static let leftOut = [batchCounter]
  /// What PyTorch counts beside each batch norm.
  static let batchCounter = ".num_batches_tracked"

  /// Why those are left out.
  static let reasonToSkip = "a count of training batches, which the network does not need"

  struct Result {
    /// For each name of the source, in its order, the graph's name; nil when the tensor is left out.
    var names: [String?]
    var notes: [String]
  }

  /// Maps all names of one source. A wrapper's prefix goes only when every name has it.
  static func map(_ names: [String]) -> Result {
    var notes: [String] = []
    var mapped = names
    while let wrapper = wrappers.first(where: { prefix in
      !mapped.isEmpty && mapped.allSatisfy { $0.hasPrefix(prefix) }
    }) {
      mapped = mapped.map { String($0.dropFirst(wrapper.count)) }
      notes.append("names: '\(wrapper)' was dropped from each")
    }
    for (foreign, ours) in prefixes {
      let count = mapped.count { $0.hasPrefix(foreign) }
      guard count > 0 else { continue }
      mapped = mapped.map { $0.hasPrefix(foreign) ? ours + $0.dropFirst(foreign.count) : $0 }
      notes.append("names: '\(foreign)' became '\(ours)' in \(count)")
    }
    let result: [String?] = mapped.map { name in leftOut.contains { name.hasSuffix($0) } ? nil : name }
    let dropped = result.count { $0 == nil }
    if dropped > 0 {
      notes.append("left out: \(dropped) named \(leftOut.map { "*" + $0 }.joined(separator: ", "))")
    }
    return Result(names: result, notes: notes)
  }
}
