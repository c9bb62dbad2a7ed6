import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// A network that lies under some prefix among a source's tensors.
struct NetworkCandidate {
  /// The beginning of the names of all its tensors but those of a head that lies elsewhere.
  let prefix: String
  /// The graph's names of its tensors, by their places in the source.
  private(set) var names: [Int: String] = [:]
  /// The tensors under the prefix.
  let members: [Int]
  /// The mapping of the names under the prefix, in the order of ``members``.
  let mapping: NameMap.Result
  /// The classifier.
  private(set) var head: Head = .own
  /// Tensors of a head that was under the prefix and is none of a classifier.
  private(set) var droppedHead: Set<Int> = []
  /// The outputs of that head.
  private(set) var projectorRows: Int?
  /// The bias of zeros of a head that has none, by the graph's name.
  private(set) var zeros: [String: Shape] = [:]
  /// The network and its grounds; nil for a network that somebody named.
  private(set) var reading: ArchitectureInference.Reading?
  /// The evidence beside the network for dilations in place of strides.
  private var dilation = DilationEvidence()

  /// The place of the classifier.
  enum Head {
    /// Under the prefix, as the convention has it.
    case own
    /// A layer elsewhere.
    case elsewhere(LinearUnit)
    /// Nowhere: its tensors, by the graph's names, are to be made.
    case missing([String: Shape])
    /// Nowhere, and the network puts out its features.
    case none
  }

  /// The result of a comparison with networks.
  enum Verdict {
    case fit(NetworkCandidate)
    /// It is a network, but the caller must decide something first.
    case doubtful(ImportError.Code, Remark)
    case unfit
  }

  /// Compares the tensors under a prefix with all networks, or with the named one.
  ///
  /// - Parameters:
  ///   - members: the places of the tensors under the prefix.
  ///   - mapping: their names without it, mapped.
  static func judge(
    _ prefix: String, _ members: [Int], _ mapping: NameMap.Result, in search: NetworkSearch
  ) -> Verdict {
    var candidate = NetworkCandidate(prefix: prefix, members: members, mapping: mapping)
    guard let body = candidate.takeBody(search) else { return .unfit }
    return candidate.judge(body, in: search)
  }

  private init(prefix: String, members: [Int], mapping: NameMap.Result) {
    self.prefix = prefix
    self.members = members
    self.mapping = mapping
  }

  /// Takes all tensors but those of which the convention knows neither the name nor the module at the top; nil when two have
  /// the same name.
  ///
  /// - Returns: the tensors' shapes by the graph's names.
  private mutating func takeBody(_ search: NetworkSearch) -> [String: Shape]? {
    func module(_ index: Int) -> Substring {
      search.tensors[index].name.dropFirst(prefix.count).prefix { $0 != "." && $0 != "/" }
    }
    var known: Set<Substring> = []
    for (place, index) in members.enumerated() where mapping.isKnown[place] && mapping.names[place] != nil {
      known.insert(module(index))
    }
    var shapes: [String: Shape] = [:]
    for (place, index) in members.enumerated() {
      guard let name = mapping.names[place], mapping.isKnown[place] || known.contains(module(index)) else {
        continue
      }
      guard shapes.updateValue(mapping.shapes[place], forKey: name) == nil else { return nil }
      names[index] = name
    }
    return shapes
  }

  // MARK: The head

  private mutating func judge(_ shapes: [String: Shape], in search: NetworkSearch) -> Verdict {
    dilation = DilationEvidence(beside: self, in: search)
    let isHead: (String) -> Bool = { $0.hasPrefix(Graph.headPath + ".") }
    let own = shapes.filter { isHead($0.key) }
    var body = shapes.filter { !isHead($0.key) }
    guard let features = search.features(of: body) else { return .unfit }
    let rows = HeadChoice.rows(own)
    let choice = HeadChoice(
      own: rows, others: search.linearUnits(reading: features, beside: self), body: names, search: search)
    let isHeadless = search.options.settings.contains(.noHead)
    if !isHeadless, rows == nil, !own.isEmpty, search.selfSupervision == nil {
      body.merge(search.newHead(features: features, classes: 1000)) { $1 }
      return fits(body, in: search) ? .doubtful(.tensors, strangeHead(own.keys.sorted(), search)) : .unfit
    }
    switch isHeadless ? .none : choice.made {
    case .undecided(let remark):
      // It is no matter if these are no network's features.
      body.merge(search.newHead(features: features, classes: 1000)) { $1 }
      return fits(body, in: search) ? .doubtful(.tensors, remark) : .unfit
    case .own:
      body = shapes
      if let rows, own.keys.elementsEqual([Graph.headPath + ".weight"]) {
        zeros = [Graph.headPath + ".bias": Shape([rows])]
        body.merge(zeros) { $1 }
      }
    case .other(let unit):
      dropHead(isHead)
      names[unit.weight] = Graph.headPath + ".weight"
      names[unit.bias] = Graph.headPath + ".bias"
      body[Graph.headPath + ".weight"] = Shape([unit.outputs, unit.inputs])
      body[Graph.headPath + ".bias"] = Shape([unit.outputs])
      head = .elsewhere(unit)
    case .none:
      if !isHeadless, leavesOutHead(reading: features, in: search) { return .unfit }
      dropHead(isHead)
      projectorRows = rows
      // Where nobody says how many classes there are, the network is one without a head.
      if isHeadless || search.options.classes == nil && search.needsNoHead {
        head = .none
      } else {
        let new = search.newHead(features: features, classes: search.options.classes ?? 1000)
        body.merge(new) { $1 }
        head = .missing(new)
      }
    }
    guard fits(body, in: search) else { return .unfit }
    if let question = reading.flatMap({ dilation.question(about: $0.architecture) }) {
      return .doubtful(.architecture, question)
    }
    if case .missing = head, search.options.classes == nil {
      return .doubtful(.classes, search.noClassifier(prefix: prefix, features: features))
    }
    return .fit(self)
  }

  /// True if a network that was told by structure leaves out a matrix of its features, which may be a head with a fault.
  private func leavesOutHead(reading features: Int, in search: NetworkSearch) -> Bool {
    mapping.isStructural && search.selfSupervision == nil
      && members.contains { index in
        let shape = search.tensors[index].shape
        return names[index] == nil && shape.rank == 2 && shape.dimensions.contains(features)
      }
  }

  /// The message for a head whose layers are of no kind that is known.
  private func strangeHead(_ own: [String], _ search: NetworkSearch) -> Remark {
    let places = names.filter { own.contains($0.value) }.keys.sorted()
    let shown = places.prefix(4).map {
      "'\(search.tensors[$0].name.printable)' \(search.tensors[$0].shape)"
    }.joined(separator: ", ")
    let path = prefix + Graph.headPath
    return
      "the network's head is not made of linear layers with weights and biases: it has \(shown). Use \(Remedy.rename(old: path.printable, new: "")) to leave it out, and \(Remedy.classes(nil)) for a new one"
  }

  private mutating func dropHead(_ isHead: (String) -> Bool) {
    droppedHead = Set(names.filter { isHead($0.value) }.keys)
    names = names.filter { !isHead($0.value) }
  }

  /// Compares the tensors with the named network, or finds the network that has them.
  private mutating func fits(_ shapes: [String: Shape], in search: NetworkSearch) -> Bool {
    guard let graph = search.graph else {
      reading = ArchitectureInference(
        shapes: shapes,
        hints: .init(
          fileName: search.fileName, hasBlurFilters: mapping.hasBlurFilters, convention: mapping.convention,
          hasKnownClasses: search.options.classes != nil || search.options.labels != nil,
          settings: dilation.settings + search.options.settings)
      ).infer()
      if let assumption = dilation.assumption { reading?.assumptions.append(assumption) }
      return reading.map { isBelievable($0.architecture) } ?? false
    }
    guard graph.parameters.count == shapes.count else { return false }
    var architecture = graph.architecture
    let rows = graph.parameters.last { $0.role == .weight }.flatMap { shapes[$0.name]?.dimensions.first }
    architecture.classes = rows ?? architecture.classes
    guard architecture != graph.architecture else { return TensorFit(graph, shapes: shapes).isPerfect }
    return (try? Graph(architecture)).map { TensorFit($0, shapes: shapes).isPerfect } ?? false
  }

  /// False for a network that was told by structure and is not as usual: networks of other families have the same shapes.
  private func isBelievable(_ net: Architecture) -> Bool {
    if let hasPool = mapping.stemHasPool, hasPool != net.stem.pool { return false }
    guard mapping.isStructural else { return true }
    // The numbers of blocks in a preset are whole.
    if mapping.mayLackBlocks, net.name == nil { return false }
    let widths = net.stages.map(\.width)
    return net.shortcut != .zeroPad && net.shortcut != .none && net.expansion == net.block.defaultExpansion
      && zip(widths, widths.dropFirst()).allSatisfy { 2 * $0 == $1 }
      && net.stages.allSatisfy { $0.channels == nil }
      // Bottlenecks that narrow nothing, without groups, are of other families.
      && (net.groups > 1 || net.widthPerGroup <= 128)
  }
}
