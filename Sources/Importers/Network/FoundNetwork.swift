import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// The one network among a source's tensors, and the fate of all of them.
struct FoundNetwork {
  /// The names of all tensors in the source's order.
  var mapping: NameMap.Result
  /// The network and its grounds; nil for a network that somebody named.
  let reading: ArchitectureInference.Reading?
  /// The tensors of a classifier that the source lacks, by the graph's names.
  private(set) var newHead: [String: Shape] = [:]
  /// The tensors that are zeros, as the source's layers do without them, by the graph's names.
  private(set) var zeros: [String: Shape] = [:]
  /// The normalisation of images that lies beside the network, by the source's places.
  private(set) var normalization: NormalizationBuffers?
  /// The reason why the caller must decide something first.
  private(set) var doubt: Remark?

  /// Most groups of tensors that a note lists.
  private static let shownCount = 8

  init(_ candidate: NetworkCandidate, among all: [NetworkCandidate], in search: NetworkSearch) {
    reading = candidate.reading
    let own = candidate.mapping
    mapping = own
    mapping.names = search.tensors.indices.map { candidate.names[$0] }
    mapping.shapes = search.tensors.map(\.shape)
    mapping.isKnown = mapping.names.map { $0 != nil }
    for (place, index) in candidate.members.enumerated() { mapping.shapes[index] = own.shapes[place] }
    if !candidate.prefix.isEmpty {
      mapping.notes.insert(
        "network: the \(candidate.names.count) tensors under '\(candidate.prefix.printable)'", at: 0)
    }
    say(candidate.head, candidate, in: search)
    leaveOut(candidate, all.filter { $0.prefix != candidate.prefix }, in: search)
  }

  /// Tensors that are none of a network's, with their names mapped all the same.
  init(unknown mapping: NameMap.Result) {
    self.mapping = mapping
    reading = nil
  }

  /// Counts the tensors as the source does, some of which were not looked at.
  ///
  /// - Parameters:
  ///   - shapes: those of all tensors of the source.
  ///   - kept: the places of those that were looked at.
  mutating func expand(to shapes: [Shape], from kept: [Int]) {
    var names = [String?](repeating: nil, count: shapes.count)
    var own = shapes
    for (place, index) in kept.enumerated() {
      names[index] = mapping.names[place]
      own[index] = mapping.shapes[place]
    }
    mapping.names = names
    mapping.shapes = own
    mapping.reasons = Dictionary(uniqueKeysWithValues: mapping.reasons.map { (kept[$0.key], $0.value) })
    if let own = normalization {
      normalization?.mean = kept[own.mean]
      normalization?.std = kept[own.std]
    }
    for index in Set(shapes.indices).subtracting(kept) { mapping.reasons[index] = "as asked for" }
  }

  private mutating func say(
    _ head: NetworkCandidate.Head, _ candidate: NetworkCandidate, in search: NetworkSearch
  ) {
    switch head {
    case .own:
      guard !candidate.zeros.isEmpty else { break }
      zeros = candidate.zeros
      mapping.heads.append("head: it has no bias, and got one of zeros, which changes nothing")
      mapping.assumptions.append(
        Assumption(
          "the head multiplies the features by its matrix and does nothing else",
          evidence: "it has no bias, as heads that normalise features and weights (cosine) have none either"))
    case .elsewhere(let unit):
      if mapping.shapes[unit.weight].rank == 4 {
        mapping.layouts[Graph.headPath + ".weight"] = .pointwise
        mapping.shapes[unit.weight] = Shape([unit.outputs, unit.inputs])
      }
      if unit.path == candidate.prefix + Graph.headPath { break }
      if NameWords.isClassifier(unit.path) {
        mapping.notes.append("head: '\(unit.path.printable).' became 'fc.'")
      } else {
        mapping.nameAssumptions.append(
          Assumption(
            "'\(unit.path.printable)' is the classifier",
            evidence: "it is the only linear layer that reads the network's \(unit.inputs) features"))
      }
    case .missing(let tensors):
      newHead = tensors
      let rows = tensors[Graph.headPath + ".bias"]?.elementCount
      mapping.heads.append(
        "head: new and untrained\(rows.map { ", of \($0) classes" } ?? ""), as the source has no classifier; fine-tune it before use"
      )
    case .none:
      mapping.heads.append(
        "head: none, as the source has no classifier; the network puts out its features. Use \(Remedy.classes(nil)) for a new one"
      )
    }
    if let rows = candidate.projectorRows, let word = search.selfSupervision {
      mapping.heads.append(
        "head: the source's own of \(rows) outputs projects features, as '\(word.printable)' shows; it belongs to self-supervised learning and is left out. Use \(Remedy.classes(rows)) if it is a classifier"
      )
    }
  }

  // MARK: Tensors beside the network

  private mutating func leaveOut(
    _ candidate: NetworkCandidate, _ others: [NetworkCandidate], in search: NetworkSearch
  ) {
    let channels = search.inputChannels(of: candidate)
    normalization = channels.flatMap { channels in
      NormalizationBuffers(search.tensors, channels: channels) { mapping.names[$0] == nil }
    }
    var groups: [(title: String, first: Int, count: Int)] = []
    var strangers: [Int] = []
    for (index, tensor) in search.tensors.enumerated() where mapping.names[index] == nil {
      if let reason = NameMap.reasonToSkip(tensor.name) {
        mapping.reasons[index] = reason
        continue
      }
      if index == normalization?.mean || index == normalization?.std {
        mapping.reasons[index] = "the normalisation of images, which the preprocessing has"
        continue
      }
      let title: String
      if let other = others.first(where: { $0.names[index] != nil }) {
        mapping.reasons[index] = "a part of another network"
        title = other.prefix.isEmpty ? tensor.name : "\(other.prefix)*, another network"
      } else {
        let isOfTraining = NameWords.isOfTraining(tensor.name)
        mapping.reasons[index] = isOfTraining ? "a thing of training" : "no part of the network"
        if !isOfTraining { strangers.append(index) }
        title = Self.group(tensor.name, beside: candidate.prefix)
      }
      if let place = groups.firstIndex(where: { $0.title == title }) {
        groups[place].count += 1
      } else if groups.count < 64 {
        groups.append((title, index, 1))
      }
    }
    // In the network's own module, anything may be part of it but a head that was left out.
    let module = candidate.module
    let outputs = search.selfSupervision == nil ? candidate.outputs(in: search) : nil
    let close = strangers.filter { index in
      let tensor = search.tensors[index]
      return !candidate.droppedHead.contains(index)
        && (tensor.name.hasPrefix(module)
          || NeighbouringLayer.computes(tensor, channels: channels, outputs: outputs))
    }
    if !close.isEmpty { doubt = self.doubt(close, in: search) }
    let shown = groups.prefix(Self.shownCount).map { title, first, count -> String in
      let tensor = search.tensors[first]
      return count == 1
        ? "\(tensor.name.printable) \(tensor.shape)" : "\(title.printable) (\(count) tensors)"
    }
    guard !shown.isEmpty else { return }
    let rest = groups.count > shown.count ? " and \(groups.count - shown.count) more" : ""
    mapping.leftOut.append("left out, beside the network: \(shown.joined(separator: "; "))\(rest)")
  }

  /// The module at the top of a name beside the network.
  private static func group(_ name: String, beside prefix: String) -> String {
    let start = name.hasPrefix(prefix) ? prefix.count : 0
    let module = name.dropFirst(start).prefix { $0 != "." }
    return "\(name.prefix(start))\(module).*"
  }

  private func doubt(_ strangers: [Int], in search: NetworkSearch) -> Remark {
    let shown: Remark = strangers.prefix(Self.shownCount).reduce("") {
      "\($0)\n    \(search.tensors[$1].name) \(search.tensors[$1].shape)"
    }
    let rest: Remark =
      strangers.count > Self.shownCount ? "\n    … and \(strangers.count - Self.shownCount) more" : ""
    // A module that has tensors of the network too cannot be left out as a whole.
    let kept = Set(
      search.tensors.indices.filter { mapping.names[$0] != nil }.map { module(search.tensors[$0].name) })
    var paths: [String] = []
    for index in strangers {
      let name = search.tensors[index].name
      let path = module(name).isEmpty || kept.contains(module(name)) ? name : module(name)
      if !paths.contains(path) { paths.append(path) }
    }
    let remedies = paths.prefix(4).map { path -> Remark in "\(Remedy.rename(old: path.printable, new: ""))" }
    let list = remedies.dropFirst().reduce(remedies.first ?? "") { "\($0) and \($1)" }
    let count = strangers.count == 1 ? "a tensor that lies" : "\(strangers.count) tensors that lie"
    return
      "the network is complete without \(count) beside it and may be part of what it computes:"
      + shown + rest
      + "\n  to do:\n    if it is not, leave them out with \(list)\(paths.count > 4 ? ", and so on" : "")"
  }

  private func module(_ name: String) -> String {
    name.lastIndex(of: ".").map { String(name[..<$0]) } ?? ""
  }
}

extension NetworkCandidate {
  /// The numbers that the network puts out; nil where the caller chose its head.
  fileprivate func outputs(in search: NetworkSearch) -> Int? {
    switch head {
    case .own: reading?.architecture.classes ?? search.graph?.architecture.classes
    case .elsewhere(let unit): unit.outputs
    case .missing: nil
    // A matrix that reads the features may be a classifier, unless the caller wants none.
    case .none: search.options.settings.contains(.noHead) ? nil : reading?.architecture.featureCount
    }
  }

  /// The beginning of the names of all that may be part of the network: the module that holds it and its head.
  fileprivate var module: String {
    guard case .elsewhere(let unit) = head else { return prefix }
    let common = zip(prefix, unit.path).prefix { $0 == $1 }.count
    return prefix.prefix(common).lastIndex(of: ".").map { String(prefix[...$0]) } ?? ""
  }
}
