import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The layers, activations, maximum pools and sums that a TorchScript program computes one after the other, modules within modules
/// followed to the end.
struct ProgramWay {
  /// One thing that is computed.
  enum Step: Equatable {
    /// A layer with tensors of the network, by its path in the graph.
    case layer(String)
    /// A layer with other tensors, by its module's path.
    case foreign(String)
    case activation
    case maxPool
    case sum
  }

  private(set) var steps: [Step] = []
  /// The path of a module whose program cannot be followed; nil if all could.
  private(set) var obscurity: String?

  private let evidence: ModuleEvidence
  private static let stepLimit = 1 << 14
  private static let depthLimit = 64

  init(_ evidence: ModuleEvidence) {
    self.evidence = evidence
    follow("", "forward", depth: 0)
  }

  private mutating func follow(_ path: String, _ name: String, depth: Int) {
    guard let module = evidence.module(at: path), obscurity == nil else { return }
    guard depth < Self.depthLimit, steps.count < Self.stepLimit else {
      obscurity = path
      return
    }
    let own = evidence.names[path]
    if let own {
      steps.append(.layer(own))
    } else if evidence.asides.contains(path), evidence.isLeaf(module) {
      steps.append(.foreign(path))
      return
    }
    // PyTorch's own layers branch, and do one thing.
    if module.className.hasPrefix("torch.nn.modules."), evidence.isLeaf(module) || own != nil {
      switch module.kind {
      case "ReLU": steps.append(.activation)
      case "MaxPool2d": steps.append(.maxPool)
      default: break
      }
      return
    }
    guard let method = module.methods[name], !method.branches else {
      obscurity = path
      return
    }
    for step in method.steps {
      switch step {
      case .function(let function): add(function)
      case .module(let attributes, let method):
        let inner = ([path] + attributes).filter { !$0.isEmpty }.joined(separator: ".")
        // Another name of `forward` is that of a layer that is called again.
        follow(inner, method, depth: depth + 1)
      }
    }
  }

  private mutating func add(_ function: String) {
    switch function {
    case "relu", "relu_": steps.append(.activation)
    case "max_pool2d", "_max_pool2d": steps.append(.maxPool)
    case "add", "add_": steps.append(.sum)
    default: break
    }
  }

  // MARK: Comparing

  /// The first difference from a network, as a phrase; nil where there is none.
  func difference(from graph: Graph) -> String? {
    let net = Self.comparable(graph.nodes.compactMap(Step.init))
    var own = Self.comparable(steps)
    // A head that is left out is none of the network.
    if !evidence.layers.keys.contains(where: { Graph.isHead(path: $0) }) {
      own = own.reversed().drop { if case .foreign = $0 { true } else { false } }.reversed()
      own = Array(own.prefix { if case .layer(let name) = $0 { !Graph.isHead(path: name) } else { true } })
    }
    let wanted = net.filter { step in
      if case .layer(let name) = step { evidence.layers[name] != nil } else { true }
    }
    let place = zip(own, wanted).prefix { $0 == $1 }.count
    guard own.count != wanted.count || place < own.count else { return nil }
    let last = own[..<place].last { if case .layer = $0 { true } else { false } }
    let words = { (steps: [Step]) in steps.indices.contains(place) ? steps[place].words(evidence) : "its end"
    }
    let after = last.map { " after \($0.words(evidence))" } ?? ""
    return "the program has \(words(own)) where the network has \(words(wanted))\(after)"
  }

  /// The steps without the layers of shortcuts, which may be computed before or after the others of their block.
  private static func comparable(_ steps: [Step]) -> [Step] {
    steps.filter { if case .layer(let name) = $0 { !name.contains(".downsample.") } else { true } }
  }
}

extension ProgramWay.Step {
  /// The step that a node of a network is; nil for those that are not compared.
  fileprivate init?(_ node: Node) {
    switch node.operation {
    case .convolution, .batchNormalization, .groupNormalization, .linear, .channelConvolution:
      self = .layer(node.name)
    case .relu: self = .activation
    case .maxPool: self = .maxPool
    case .add: self = .sum
    default: return nil
    }
  }

  fileprivate func words(_ evidence: ModuleEvidence) -> String {
    switch self {
    case .layer(let name): "'\(evidence.layers[name]?.path ?? name)'"
    case .foreign(let path): "'\(path)'"
    case .activation: "a ReLU"
    case .maxPool: "a max-pool"
    case .sum: "a sum"
    }
  }
}
