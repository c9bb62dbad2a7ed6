import Messages
import ModelDescriptor
import TensorCore
import WeightFiles

extension ImportSource {
  /// The one network among the tensors; where none has them, their names by the best convention.
  ///
  /// - Throws: ``ImportError`` with `tensors`, `classes` or `duplicateTensor` if the caller must decide something first.
  func network(options: ImportOptions) throws(ImportError) -> FoundNetwork {
    var changes: [Remark] = []
    let (kept, names) = try renamed(by: options.renamings, notes: &changes)
    let separated = JoinedNames.separated(names, notes: &changes)
    let clean = WrapperNames.removed(from: separated, notes: &changes)
    let search = NetworkSearch(
      zip(clean, kept).map { ($0, weights.tensors[$1].shape) }, architecture: namedArchitecture(options),
      options: options, fileName: FileName(path))
    var network: FoundNetwork
    switch search.outcome {
    case .found(let found): network = found
    case .undecided(let code, let remark): throw ImportError(code, file: path, remark)
    case .nothing: network = FoundNetwork(unknown: search.mappingOfAll)
    }
    network.expand(to: weights.tensors.map(\.shape), from: kept)
    network.mapping.notes.insert(contentsOf: changes, at: 0)
    return network
  }

  /// The architecture that the caller or the source names.
  private func namedArchitecture(_ options: ImportOptions) -> Architecture? {
    if var architecture = options.architecture {
      // Values for other stages than it has are refused later.
      for setting in options.settings { try? architecture.apply(setting) }
      return architecture
    }
    return switch claims.architecture {
    case .record(let claimed): claimed
    case .name(let name): Architecture.presets.first { $0.name == name }
    case nil: nil
    }
  }

  /// The names after the caller's changes, and the places of the tensors that these do not leave out.
  private func renamed(
    by renamings: [Renaming], notes: inout [Remark]
  ) throws(ImportError) -> (kept: [Int], names: [String]) {
    var kept = Array(weights.tensors.indices)
    var names = weights.tensors.map(\.name)
    for renaming in renamings {
      let changed = names.map { renaming.renamed($0) }
      let count = changed.count { $0 != nil }
      guard count > 0 else {
        throw ImportError(
          .tensors, file: path,
          "no tensor's name has '\(renaming.old.printable)' in it, as whole words between dots, to be renamed"
        )
      }
      if renaming.new.isEmpty {
        let rest = names.indices.filter { changed[$0] == nil }
        (kept, names) = (rest.map { kept[$0] }, rest.map { names[$0] })
        notes.append("left out: \(count) under '\(renaming.old.printable)', as asked for")
      } else {
        names = zip(changed, names).map { $0 ?? $1 }
        notes.append(
          "names: '\(renaming.old.printable)' became '\(renaming.new.printable)' in \(count), as asked for")
      }
    }
    var places: [String: Int] = [:]
    for (name, index) in zip(names, kept) {
      if let other = places.updateValue(index, forKey: name) {
        throw ImportError(
          .duplicateTensor, file: path,
          "'\(weights.tensors[other].name.printable)' and '\(weights.tensors[index].name.printable)' are both renamed to '\(name.printable)'"
        )
      }
    }
    return (kept, names)
  }
}
