import ResNetGraph

/// Fuses a graph's nodes to steps: batch norm is folded into the convolution before it, the addition into the later one
/// of its two branches, ReLU and sigmoid into what comes before them. What nothing takes in becomes a step of its own.
///
/// Nodes that an output does not need are left out. What remains is fused as in the whole network, so that it gives the
/// same bits, but for a chosen output, which nothing takes in.
struct Lowering {
  private let nodes: [Node]
  /// The nodes that read each node in the whole network.
  private var readers: [[Int]]
  private var isOutput: [Bool]
  /// Whether an output needs the node.
  private var isNeeded: [Bool]

  /// - Parameter outputs: the nodes whose values are asked for.
  init(_ graph: Graph, outputs: [Int]) {
    nodes = graph.nodes
    readers = Array(repeating: [], count: nodes.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs { readers[input].append(index) }
    }
    isOutput = Array(repeating: false, count: nodes.count)
    for output in outputs { isOutput[output] = true }
    isNeeded = isOutput
    for index in nodes.indices.reversed() where isNeeded[index] {
      for input in nodes[index].inputs { isNeeded[input] = true }
    }
  }

  /// The steps in an order in which they can run.
  func steps() -> [LoweredStep] {
    var steps: [LoweredStep] = []
    var isFused = Array(repeating: false, count: nodes.count)
    for index in nodes.indices where isNeeded[index] && !isFused[index] {
      guard let step = step(from: index, isFused: &isFused) else { continue }
      steps.append(step)
    }
    return steps.sorted { $0.output < $1.output }
  }

  /// The step that begins at a node; nil for the network's input.
  private func step(from index: Int, isFused: inout [Bool]) -> LoweredStep? {
    let node = nodes[index]
    guard let input = node.inputs.first else { return nil }
    var step = LoweredStep(kind: .identity, input: input, output: index)
    switch node.operation {
    case .input:
      return nil
    case .convolution:
      let norm = fusedNorm(after: index, isFused: &isFused)
      step.kind = .convolution(node: index, norm: norm)
      step.output = norm ?? index
      fuseAddition(into: &step, isFused: &isFused)
      fuseReLU(into: &step, isFused: &isFused)
    case .batchNormalization, .groupNormalization:
      step.kind = .norm(node: index)
      fuseAddition(into: &step, isFused: &isFused)
      fuseReLU(into: &step, isFused: &isFused)
    case .scale:
      step.kind = .gate
      step.second = node.inputs[1]
      fuseAddition(into: &step, isFused: &isFused)
      fuseReLU(into: &step, isFused: &isFused)
    case .add:
      step.residual = node.inputs[1]
      fuseReLU(into: &step, isFused: &isFused)
    case .relu:
      step.relu = true
    case .sigmoid: step.kind = .sigmoid
    case .maxPool(let pool): step.kind = .maxPool(pool)
    case .averagePool(let pool): step.kind = .averagePool(pool)
    case .blur(let blur): step.kind = .blur(blur)
    case .globalAveragePool: step.kind = .globalAveragePool
    case .globalMaxPool: step.kind = .globalMaxPool
    case .zeroPadShortcut(let shortcut): step.kind = .zeroPad(shortcut)
    case .mean, .concatenate:
      step.kind = node.operation == .mean ? .mean : .concatenate
      step.second = node.inputs[1]
    case .linear:
      step.kind = .linear(node: index)
      fuseReLU(into: &step, isFused: &isFused)
      fuseSigmoid(into: &step, isFused: &isFused)
    case .channelConvolution:
      step.kind = .channelConvolution(node: index)
      fuseSigmoid(into: &step, isFused: &isFused)
    }
    return step
  }

  /// The batch norm that alone reads the convolution.
  private func fusedNorm(after index: Int, isFused: inout [Bool]) -> Int? {
    guard let reader = onlyReader(of: index), case .batchNormalization = nodes[reader].operation else {
      return nil
    }
    isFused[reader] = true
    return reader
  }

  private func fuseAddition(into step: inout LoweredStep, isFused: inout [Bool]) {
    guard let reader = onlyReader(of: step.output), case .add = nodes[reader].operation else { return }
    let inputs = nodes[reader].inputs
    guard let host = inputs.filter(takesAddition).max(), host == step.output,
      let other = inputs.first(where: { $0 != host })
    else { return }
    step.residual = other
    step.output = reader
    isFused[reader] = true
  }

  private func fuseReLU(into step: inout LoweredStep, isFused: inout [Bool]) {
    guard let reader = onlyReader(of: step.output), case .relu = nodes[reader].operation else { return }
    step.relu = true
    step.output = reader
    isFused[reader] = true
  }

  private func fuseSigmoid(into step: inout LoweredStep, isFused: inout [Bool]) {
    guard !step.relu, let reader = onlyReader(of: step.output), case .sigmoid = nodes[reader].operation else {
      return
    }
    step.sigmoid = true
    step.output = reader
    isFused[reader] = true
  }

  /// Whether a step that ends at this node can add another one to its result, since nobody else asks for it.
  private func takesAddition(_ index: Int) -> Bool {
    guard onlyReader(of: index) != nil else { return false }
    switch nodes[index].operation {
    case .convolution, .batchNormalization, .groupNormalization, .scale: return true
    default: return false
    }
  }

  /// The node that may take this one in: the only one that asks for it.
  private func onlyReader(of index: Int) -> Int? {
    readers[index].count == 1 && !isOutput[index] ? readers[index][0] : nil
  }
}
