import ModelDescriptor
import ResNetGraph

/// One part of a network in training: a node of the graph, or work that only training has.
struct TrainingPart {
  enum Work {
    case operation(Operation)
    /// Numbers are dropped with this probability.
    case dropout(rate: Double)
    /// Images are dropped with this probability.
    case dropPath(rate: Double)
  }

  var work: Work
  /// The node itself, or the one before which the part stands.
  var node: Int
  /// Indices of the parts that it reads.
  var inputs: [Int]

  /// The operation of a node of the graph; nil for work that only training has.
  var operation: Operation? {
    if case .operation(let operation) = work { operation } else { nil }
  }
}

extension TrainingPart {
  /// The parts after a boundary, which comes first.
  ///
  /// Dropout and stochastic depth stand where something of the same block, or of the head, trains.
  ///
  /// - Parameter trained: the nodes that train.
  static func parts(of graph: Graph, boundary: Int, trained: Set<Int>) -> [TrainingPart] {
    let regularization = Regularization(graph, trained: trained)
    var parts = [TrainingPart(work: .operation(graph.nodes[boundary].operation), node: boundary, inputs: [])]
    var partOfNode = [boundary: 0]
    for index in graph.nodes.indices where index > boundary {
      let node = graph.nodes[index]
      var inputs = node.inputs.map { input in
        guard let part = partOfNode[input] else {
          preconditionFailure("\(node.name) reads a node before the boundary")
        }
        return part
      }
      if let work = regularization.work(before: index) {
        parts.append(TrainingPart(work: work, node: index, inputs: [inputs[0]]))
        inputs[0] = parts.count - 1
      }
      partOfNode[index] = parts.count
      parts.append(TrainingPart(work: .operation(node.operation), node: index, inputs: inputs))
    }
    return parts
  }
}

/// Where an architecture drops numbers and images in training.
private struct Regularization {
  private let graph: Graph
  private var rates: [String: TrainingPart.Work] = [:]

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
    guard trains(Graph.headPath) else { return }
    let dropout: [Double] =
      switch architecture.head {
      case .linear: [architecture.dropout]
      case .multilayer(_, let dropout): dropout
      case .none: []
      }
    let layers = graph.head.map { graph.nodes[$0] }.filter { $0.operation.definition.family == .linear }
    for (layer, rate) in zip(layers, dropout) { add(.dropout(rate: rate), before: layer.name) }
  }

  private mutating func add(_ work: TrainingPart.Work, before name: String) {
    switch work {
    case .dropout(let rate) where rate > 0, .dropPath(let rate) where rate > 0: rates[name] = work
    default: break
    }
  }

  func work(before node: Int) -> TrainingPart.Work? { rates[graph.nodes[node].name] }
}
