import ModelDescriptor
import ResNetGraph

/// One part of a network in training: a node of the graph, or what only training has.
struct TrainingPart {
  enum Kind {
    case node(Operation)
    /// Numbers are dropped with this probability.
    case dropout(rate: Double)
    /// Images are dropped with this probability.
    case dropPath(rate: Double)
  }

  var kind: Kind
  /// The node itself, or the one before which the part stands.
  var node: Int
  /// Indices of the parts that it reads.
  var inputs: [Int]
}

extension TrainingPart {
  /// The parts behind a boundary, which comes first.
  ///
  /// Dropout and stochastic depth stand where something of the same block, or of the head, trains.
  ///
  /// - Parameter trained: the nodes that train.
  static func parts(of graph: Graph, boundary: Int, trained: Set<Int>) -> [TrainingPart] {
    let regularization = Regularization(graph, trained: trained)
    var parts = [TrainingPart(kind: .node(graph.nodes[boundary].operation), node: boundary, inputs: [])]
    var partOfNode = [boundary: 0]
    for index in graph.nodes.indices where index > boundary {
      let node = graph.nodes[index]
      var inputs = node.inputs.map { input in
        guard let part = partOfNode[input] else {
          preconditionFailure("\(node.name) reads what lies before the boundary")
        }
        return part
      }
      if let kind = regularization.part(before: index) {
        parts.append(TrainingPart(kind: kind, node: index, inputs: [inputs[0]]))
        inputs[0] = parts.count - 1
      }
      partOfNode[index] = parts.count
      parts.append(TrainingPart(kind: .node(node.operation), node: index, inputs: inputs))
    }
    return parts
  }
}

/// Where an architecture drops numbers and images in training.
private struct Regularization {
  private let graph: Graph
  private var rates: [String: TrainingPart.Kind] = [:]

  init(_ graph: Graph, trained: Set<Int>) {
    self.graph = graph
    let architecture = graph.architecture
    func trains(_ path: String) -> Bool {
      trained.contains { graph.nodes[$0].name == path || graph.nodes[$0].name.hasPrefix(path + ".") }
    }
    let blocks = architecture.stages.enumerated().flatMap { index, stage in
      (0..<stage.blocks).map { "layer\(index + 1).\($0)" }
    }
    for (index, block) in blocks.enumerated() where trains(block) {
      let depth = blocks.count > 1 ? Double(index) / Double(blocks.count - 1) : 0
      add(.dropPath(rate: architecture.stochasticDepth * depth), before: block + ".add")
      add(.dropout(rate: architecture.blockDropout), before: block + ".conv2")
    }
    guard trains("fc") else { return }
    switch architecture.head {
    case .linear:
      add(.dropout(rate: architecture.dropout), before: "fc")
    case .multilayer(_, let dropout):
      for (index, rate) in dropout.enumerated() { add(.dropout(rate: rate), before: "fc.\(3 * index + 1)") }
    }
  }

  private mutating func add(_ kind: TrainingPart.Kind, before name: String) {
    switch kind {
    case .dropout(let rate) where rate > 0, .dropPath(let rate) where rate > 0: rates[name] = kind
    default: break
    }
  }

  func part(before node: Int) -> TrainingPart.Kind? { rates[graph.nodes[node].name] }
}
