import Messages
import ModelDescriptor
import ResNetGraph
import TensorCore

/// Finds the one network among a source's tensors: the prefix that it lies under, the convention of its names, and its head,
/// which may lie elsewhere.
struct NetworkSearch {
  /// The tensors in the source's order, by names without wrappers.
  let tensors: [(name: String, shape: Shape)]
  let options: ImportOptions
  let fileName: FileName?
  /// A word among the names that shows self-supervised learning.
  let selfSupervision: String?
  /// The graph of the architecture, if somebody named it.
  let graph: Graph?
  /// Prefixes under which a network may lie, those with most tensors first.
  let places: [(prefix: String, members: [Int])]

  init(
    _ tensors: [(name: String, shape: Shape)], architecture: Architecture?, options: ImportOptions,
    fileName: FileName? = nil
  ) {
    self.tensors = tensors
    self.options = options
    self.fileName = fileName
    selfSupervision = NameWords.selfSupervised(tensors.lazy.map(\.name))
    graph = architecture.flatMap { try? Graph($0.withHead(of: options.classes)) }
    places = NetworkPlaces(tensors).all
  }

  /// The result of a search.
  enum Outcome {
    case found(FoundNetwork)
    /// Something must be decided by the caller first.
    case undecided(ImportError.Code, Remark)
    /// No network has these tensors.
    case nothing
  }

  /// - Complexity: O(names · rules) for each prefix that a network may lie under.
  var outcome: Outcome {
    var candidates: [NetworkCandidate] = []
    var doubts: [(ImportError.Code, Remark)] = []
    for (prefix, members) in places where isAllowed(prefix) {
      // What is part of a network is no other one.
      if candidates.contains(where: { $0.isPartlyMade(of: members) }) { continue }
      switch NetworkCandidate.judge(prefix, members, mapping(prefix, members), in: self) {
      case .fit(let candidate): candidates.append(candidate)
      case .doubtful(let code, let remark): doubts.append((code, remark))
      case .unfit: continue
      }
    }
    if candidates.isEmpty, doubts.isEmpty { readStructure(&candidates, &doubts) }
    switch NetworkChoice(candidates).made {
    case .none:
      guard let (code, remark) = doubts.first else { return .nothing }
      return .undecided(code, remark)
    case .one(let candidate):
      let found = FoundNetwork(candidate, among: candidates, in: self)
      if let remark = found.doubt { return .undecided(.tensors, remark) }
      return .found(found)
    case .several(let remark): return .undecided(.tensors, remark)
    }
  }

  /// Looks for networks whose names are of no convention, nor of a family that no descriptor expresses.
  private func readStructure(
    _ candidates: inout [NetworkCandidate], _ doubts: inout [(ImportError.Code, Remark)]
  ) {
    var relative: RelatedFamily?
    for (prefix, members) in NetworkPlaces(modulesOf: tensors).all where isAllowed(prefix) {
      if candidates.contains(where: { $0.isPartlyMade(of: members) }) { continue }
      let named = members.map {
        (name: String(tensors[$0].name.dropFirst(prefix.count)), shape: tensors[$0].shape)
      }
      if options.architecture == nil, let family = RelatedFamily.first(among: named.lazy.map(\.name)) {
        relative = relative ?? family
        continue
      }
      guard let reading = StructuralReading(named) else { continue }
      let verdicts = reading.mappings.map { NetworkCandidate.judge(prefix, members, $0, in: self) }
      let fitting = verdicts.filter {
        if case .unfit = $0 { false } else { true }
      }
      // Norms before or after the convolutions make different networks.
      guard fitting.count == 1 else { continue }
      switch fitting[0] {
      case .fit(let candidate): candidates.append(candidate)
      case .doubtful(let code, let remark): doubts.append((code, remark))
      case .unfit: continue
      }
    }
    if candidates.isEmpty, doubts.isEmpty, let relative { doubts.append((.architecture, relative.remark)) }
  }

  /// All names by the convention that explains most of them, without the prefix of the largest part that could be a network; for
  /// explaining why none is.
  var mappingOfAll: NameMap.Result {
    let prefix = places.first { isAllowed($0.prefix) }?.prefix ?? ""
    let names = tensors.map { tensor in
      (
        name: tensor.name.hasPrefix(prefix) ? String(tensor.name.dropFirst(prefix.count)) : tensor.name,
        shape: tensor.shape
      )
    }
    return NameMap.map(names, architecture: graph?.architecture)
  }

  private func mapping(_ prefix: String, _ members: [Int]) -> NameMap.Result {
    NameMap.map(
      members.map { (String(tensors[$0].name.dropFirst(prefix.count)), tensors[$0].shape) },
      architecture: graph?.architecture)
  }

  /// True unless the caller named another prefix.
  private func isAllowed(_ prefix: String) -> Bool {
    guard let wanted = options.prefix, !wanted.isEmpty else { return true }
    var ignored: [Remark] = []
    let path = WrapperNames.removed(from: [wanted.hasSuffix(".") ? wanted : wanted + "."], notes: &ignored)[0]
    return prefix.hasPrefix(path)
  }

  // MARK: Around a network

  /// The channels that a network puts out, by its tensors under the graph's names.
  func features(of body: [String: Shape]) -> Int? {
    if let graph {
      if graph.architecture.head == .none { return graph.architecture.featureCount }
      let head = graph.parameters.first { graph.head.contains($0.node) && $0.role == .weight }
      return head?.shape.dimensions.last
    }
    let stage = (1...16).last { body["layer\($0).0.conv1.weight"] != nil }
    guard let stage else { return nil }
    let path = "layer\(stage).0.conv"
    return (body[path + "3.weight"] ?? body[path + "2.weight"])?.dimensions.first
  }

  /// Linear layers that read a network's features and are neither part of it nor of another one, and are named as no
  /// other thing.
  func linearUnits(reading features: Int, beside candidate: NetworkCandidate) -> [LinearUnit] {
    let others = places.map(\.prefix).filter { !candidate.prefix.hasPrefix($0) }
    let places = tensors.indices.filter { index in
      candidate.names[index] == nil && !others.contains { tensors[index].name.hasPrefix($0) }
    }
    return LinearUnit.all(reading: features, in: tensors, among: places).filter {
      !NameWords.isProjection($0.path)
    }
  }

  /// The tensors of a classifier that no source has, by the graph's names.
  func newHead(features: Int, classes: Int) -> [String: Shape] {
    if let graph {
      var architecture = graph.architecture
      architecture.classes = options.classes ?? architecture.classes
      if let new = try? Graph(architecture) {
        let head = new.parameters.filter { new.head.contains($0.node) }
        return Dictionary(uniqueKeysWithValues: head.map { ($0.name, $0.shape) })
      }
    }
    guard let matrix = Shape(checking: [classes, features]) else { return [:] }
    return [Graph.headPath + ".weight": matrix, Graph.headPath + ".bias": Shape([classes])]
  }

  /// True unless somebody named a network with a head.
  var needsNoHead: Bool { graph.map { $0.architecture.head == .none } ?? true }

  /// The message for a network without a classifier, where one must be.
  func noClassifier(prefix: String, features: Int) -> Remark {
    let place: Remark = prefix.isEmpty ? "" : " under '\(prefix.printable)'"
    return
      "the network\(place) has no classifier. Use \(Remedy.classes(nil)) for a new, untrained head on its \(features) features, to be fine-tuned, or \(Remedy.assumption("head=none")) for the features alone"
  }
}

extension NetworkCandidate {
  /// True if one of these tensors is part of the network.
  fileprivate func isPartlyMade(of members: [Int]) -> Bool {
    members.contains { names[$0] != nil }
  }
}

extension Architecture {
  /// The same network; one without a head gets one for so many classes.
  func withHead(of classes: Int?) -> Architecture {
    guard head == .none, let classes else { return self }
    var net = self
    net.head = .linear
    net.classes = classes
    return net
  }
}
