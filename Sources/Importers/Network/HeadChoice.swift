import Messages
import ResNetGraph
import TensorCore

/// The decision on which layer is a network's classifier.
struct HeadChoice {
  /// The outputs of the head under the network's prefix; nil when there is none.
  let own: Int?
  /// Layers elsewhere that read the network's features.
  let others: [LinearUnit]
  /// The names of the network's tensors, by their places.
  let body: [Int: String]
  let search: NetworkSearch

  enum Decision {
    case own
    case other(LinearUnit)
    case none
    case undecided(Remark)
  }

  /// The outputs of the last layer of a head.
  static func rows(_ head: [String: Shape]) -> Int? {
    let layers = head.keys.compactMap { name -> (place: Int, name: String)? in
      let parts = name.split(separator: ".")
      guard parts.last == "weight" else { return nil }
      return (parts.count == 2 ? 0 : Int(parts[1]) ?? 0, name)
    }
    return layers.max { $0.place < $1.place }.flatMap { head[$0.name]?.dimensions.first }
  }

  var made: Decision {
    let wanted = search.options.classes
    let named = others.filter { NameWords.isClassifier($0.path) }
    // A head of self-supervised learning projects features; only the caller's word makes it a classifier.
    if let own, search.selfSupervision == nil || wanted == own {
      if others.isEmpty || wanted == own { return .own }
      let suitable = others.filter { $0.outputs == wanted }
      if suitable.count == 1 { return .other(suitable[0]) }
      return .undecided(severalHeads(others, own: own))
    }
    let possible = search.selfSupervision == nil ? others : named
    if possible.count <= 1 { return decision(possible.first) }
    if named.count == 1 { return decision(named[0]) }
    let suitable = possible.filter { $0.outputs == wanted }
    return suitable.count == 1 ? decision(suitable[0]) : .undecided(severalHeads(possible, own: nil))
  }

  /// A layer is a classifier if nothing else stands in its module.
  private func decision(_ unit: LinearUnit?) -> Decision {
    guard let unit else { return .none }
    guard let dot = unit.path.lastIndex(of: ".") else { return .other(unit) }
    let module = unit.path[...dot]
    let inModule = search.tensors.indices.filter { search.tensors[$0].name.hasPrefix(module) }
    // In a module with the network, other layers are looked at later.
    if inModule.contains(where: { body[$0] != nil }) { return .other(unit) }
    let siblings = inModule.filter { index in
      let name = search.tensors[index].name
      return index != unit.weight && index != unit.bias
        && NameMap.reasonToSkip(name) == nil && !NameWords.isOfTraining(name)
    }
    if siblings.isEmpty { return .other(unit) }
    let shown = siblings.prefix(4).map { search.tensors[$0].name.printable }.joined(separator: ", ")
    return .undecided(
      "'\(unit.path.printable)' reads the network's features, but more than one layer stands in its module: \(shown). "
        + "Only heads of one linear layer can be taken from beside a network. Use \(Remedy.rename(old: String(module.dropLast()).printable, new: "")) "
        + "and \(Remedy.classes(nil)) for a new head instead")
  }

  private func severalHeads(_ units: [LinearUnit], own: Int?) -> Remark {
    var heads = units.map { "'\($0.path.printable)' with \($0.outputs) outputs" }
    if let own { heads.insert("the network's own with \(own) outputs", at: 0) }
    return
      "several layers could be the classifier: \(heads.joined(separator: ", ")). Choose by the number of classes with \(Remedy.classes(nil)), or leave one out with \(Remedy.rename(old: units[0].path.printable, new: ""))"
  }
}
