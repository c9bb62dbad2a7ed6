import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The activations among the modules of a saved network: that there are as many as the network has, where a sequence tells their
/// places, and that none was replaced by nothing.
extension ModuleEvidence {
  /// Activations that are missing or too many, a phrase each with the module's path.
  func misplacedActivations(in graph: Graph) -> [String] {
    guard !modules.contains(where: \.isProgram) else { return [] }
    let order = Order(graph)
    return missingActivations(order)
      + modules.filter { $0.isSequence && !isSequence(around: $0) && trunk.contains($0.path) }
      .flatMap { faults(ofSequence: $0, order) }
  }

  // MARK: Activations that do nothing

  private static let names: Set<Substring> = ["relu", "act", "activation", "nonlinearity", "non_linearity"]

  private func missingActivations(_ order: Order) -> [String] {
    modules.compactMap { module in
      let name = module.name.lowercased().prefix { !$0.isNumber }
      let outer = Self.parent(of: module.path)
      guard module.kind == "Identity", Self.names.contains(Substring(name)), trunk.contains(outer) else {
        return nil
      }
      // A norm with an activation of its own has none where the network has none.
      if let norm = names[outer], order.activations(after: norm) == 0 { return nil }
      return "'\(module.path)' is an Identity, not a ReLU"
    }
  }

  private func isSequence(around module: ModuleRecord) -> Bool {
    self.module(around: module)?.isSequence == true
  }

  // MARK: Activations in sequences

  private enum Item {
    case layer(String)
    case activation(String)
    case other
  }

  /// The layers of a sequence: those of sequences within it too, and without neutral ones.
  private func items(of path: String) -> [Item] {
    (children[path] ?? []).flatMap { place -> [Item] in
      let module = modules[place]
      if let name = names[module.path] {
        // A norm may have its activation within.
        let own = (children[module.path] ?? []).map { modules[$0] }.filter { $0.kind == "ReLU" }
        return [.layer(name)] + own.map { .activation($0.path) }
      }
      if module.kind == "ReLU" { return [.activation(module.path)] }
      if module.isSequence { return items(of: module.path) }
      return module.isNeutral || isLeaf(module) && module.isUsual ? [] : [.other]
    }
  }

  private func faults(ofSequence module: ModuleRecord, _ order: Order) -> [String] {
    var found: [String] = []
    var last: String?
    var activations: [String] = []
    for item in items(of: module.path) {
      switch item {
      case .activation(let path): activations.append(path)
      case .other:
        (last, activations) = (nil, [])
      case .layer(let name):
        if let last, let expected = order.activations(from: last, to: name), expected != activations.count {
          found.append(
            activations.count > expected
              ? "'\(activations[expected])' is a ReLU that the network does not have"
              : "no ReLU stands before '\(layers[name]?.path ?? name)'")
        }
        (last, activations) = (name, [])
      }
    }
    if let last {
      let expected = order.activations(after: last)
      if activations.count > expected {
        found.append("'\(activations[expected])' is a ReLU that the network does not have")
      }
    }
    return found
  }

  /// The activations between the layers of a graph.
  private struct Order {
    private let nodes: [Node]
    private let places: [String: Int]

    init(_ graph: Graph) {
      nodes = graph.nodes
      places = Dictionary(graph.nodes.enumerated().map { ($1.name, $0) }) { first, _ in first }
    }

    /// The activations directly after a layer.
    func activations(after layer: String) -> Int {
      guard let place = places[layer], nodes.indices.contains(place + 1) else { return 0 }
      return nodes[place + 1].isActivation ? 1 : 0
    }

    /// The activations between two layers; nil unless one follows the other with no layer between them.
    func activations(from first: String, to last: String) -> Int? {
      guard let start = places[first], let end = places[last], start < end else { return nil }
      let between = nodes[(start + 1)..<end]
      return between.allSatisfy(\.isPlain) ? between.count(where: \.isActivation) : nil
    }
  }
}

extension Node {
  fileprivate var isActivation: Bool {
    if case .relu = operation { true } else { false }
  }

  /// True for nodes without weights that do not join two ways.
  fileprivate var isPlain: Bool {
    switch operation {
    case .relu, .maxPool, .averagePool, .blur, .globalAveragePool, .globalMaxPool: true
    default: false
    }
  }
}
