import ResNetGraph

/// One step of a plan before memory and kernels are chosen: a node together with those that are fused into it.
struct LoweredStep: Hashable {
  enum Kind: Hashable {
    /// A convolution and the batch norm after it.
    case convolution(node: Int, norm: Int?)
    case maxPool(Pool)
    case averagePool
    case linear(node: Int)
    case zeroPad(ZeroPadShortcut)
  }

  var kind: Kind
  /// The node whose output is read.
  var input: Int
  /// The node whose output is added before ReLU.
  var residual: Int?
  var relu: Bool
  /// The last of the fused nodes, whose output this step writes.
  var output: Int
}

/// Fuses a graph's nodes to steps: batch norm is folded into the convolution before it, the addition into the later one
/// of its two branches, and ReLU into whatever comes before it.
struct Lowering {
  private let nodes: [Node]
  /// The nodes that read each node.
  private var readers: [[Int]]

  init(_ graph: Graph) {
    nodes = graph.nodes
    readers = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
  }

  /// The steps in an order in which they can run.
  func steps() -> [LoweredStep] {
    nodes.indices.compactMap(step(from:)).sorted { $0.output < $1.output }
  }

  /// The step that begins at a node; nil when the node is fused into another one.
  private func step(from index: Int) -> LoweredStep? {
    let node = nodes[index]
    switch node.operation {
    case .input, .batchNormalization, .relu, .add:
      return nil
    case .convolution:
      let norm = convolutionEnd(index)
      var step = LoweredStep(
        kind: .convolution(node: index, norm: norm == index ? nil : norm), input: node.inputs[0], relu: false,
        output: norm)
      fuseAddition(into: &step)
      fuseReLU(into: &step)
      return step
    case .maxPool(let pool):
      return LoweredStep(kind: .maxPool(pool), input: node.inputs[0], relu: false, output: index)
    case .globalAveragePool:
      return LoweredStep(kind: .averagePool, input: node.inputs[0], relu: false, output: index)
    case .zeroPadShortcut(let shortcut):
      return LoweredStep(kind: .zeroPad(shortcut), input: node.inputs[0], relu: false, output: index)
    case .linear:
      var step = LoweredStep(kind: .linear(node: index), input: node.inputs[0], relu: false, output: index)
      fuseReLU(into: &step)
      return step
    }
  }

  /// The batch norm that alone reads the convolution, else the convolution itself.
  private func convolutionEnd(_ index: Int) -> Int {
    guard let reader = onlyReader(of: index), case .batchNormalization = nodes[reader].operation else {
      return index
    }
    return reader
  }

  private func fuseAddition(into step: inout LoweredStep) {
    guard let reader = onlyReader(of: step.output), case .add = nodes[reader].operation else { return }
    let inputs = nodes[reader].inputs
    guard let host = inputs.filter(isConvolutionEnd).max(), host == step.output,
      let other = inputs.first(where: { $0 != host })
    else { return }
    step.residual = other
    step.output = reader
  }

  private func fuseReLU(into step: inout LoweredStep) {
    guard let reader = onlyReader(of: step.output), case .relu = nodes[reader].operation else { return }
    step.relu = true
    step.output = reader
  }

  /// Whether a node ends a convolution's fusion so far, and only one node reads it.
  private func isConvolutionEnd(_ index: Int) -> Bool {
    guard onlyReader(of: index) != nil else { return false }
    switch nodes[index].operation {
    case .convolution: return true
    case .batchNormalization: return true
    default: return false
    }
  }

  private func onlyReader(of index: Int) -> Int? {
    readers[index].count == 1 ? readers[index][0] : nil
  }
}
