/// Fuses the operations of a network to steps, for inference and for training alike: a batch norm into the convolution
/// before it, an addition into the later one of its two branches, ReLU and sigmoid into the operation before them. An
/// operation that goes into no other becomes a step of its own.
///
/// Parts that an output does not need are left out. The others are fused as in the whole network, so that they give the
/// same bits, except that a chosen output goes into no other part.
package struct Lowering {
  /// A node of a graph, or work that only one program has.
  package struct Part {
    /// Nil for work that no operation of a graph is; nothing is fused with it.
    package let operation: Operation?
    /// The parts that it reads; each comes before it. Empty for the place where the network begins.
    package let inputs: [Int]

    package init(operation: Operation?, inputs: [Int]) {
      self.operation = operation
      self.inputs = inputs
    }
  }

  private let parts: [Part]
  private let policy: FusionPolicy
  /// The parts that read each part in the whole network.
  private var readers: [[Int]]
  private var isOutput: [Bool]
  /// True for parts that go into no other, though nobody may ask for them.
  private var isBoundary: [Bool]
  /// True for parts that take additions in before others do.
  private var isHost: [Bool]
  private var isFused: [Bool]

  private init(
    _ parts: [Part], outputs: [Int], boundaries: [Int], hosts: Set<Int>, policy: FusionPolicy
  ) {
    self.parts = parts
    self.policy = policy
    readers = Array(repeating: [], count: parts.count)
    for (index, part) in parts.enumerated() {
      for input in part.inputs { readers[input].append(index) }
    }
    isOutput = Array(repeating: false, count: parts.count)
    for output in outputs { isOutput[output] = true }
    isBoundary = isOutput
    for boundary in boundaries { isBoundary[boundary] = true }
    isHost = parts.indices.map(hosts.contains)
    isFused = Array(repeating: false, count: parts.count)
  }

  /// The steps of a network in an order in which they can run.
  ///
  /// - Parameters:
  ///   - outputs: the parts whose values are wanted.
  ///   - boundaries: the parts whose values are rounded, so that they go into no other.
  ///   - hosts: parts that take additions in before others do.
  /// - Complexity: O(n log n) for n parts.
  package static func steps(
    of parts: [Part], outputs: [Int], boundaries: [Int] = [], hosts: Set<Int> = [], policy: FusionPolicy
  ) -> [FusedStep] {
    var lowering = Lowering(
      parts, outputs: outputs, boundaries: boundaries, hosts: hosts, policy: policy)
    let isNeeded = lowering.needed()
    var steps: [FusedStep] = []
    for index in parts.indices where isNeeded[index] && !lowering.isFused[index] {
      if let step = lowering.step(from: index) { steps.append(step) }
    }
    return steps.sorted { $0.output < $1.output }
  }

  /// The parts that an output needs.
  private func needed() -> [Bool] {
    var isNeeded = isOutput
    for index in parts.indices.reversed() where isNeeded[index] {
      for input in parts[index].inputs { isNeeded[input] = true }
    }
    return isNeeded
  }

  /// The step that begins with a part; nil where the network begins.
  private mutating func step(from index: Int) -> FusedStep? {
    let part = parts[index]
    guard let input = part.inputs.first else { return nil }
    var step = FusedStep(part: index, input: input, output: index)
    switch part.operation {
    case .relu: step.activation = .relu
    case .add: step.residual = part.inputs[1]
    default: step.second = part.inputs.count > 1 ? part.inputs[1] : nil
    }
    let fusions = fusions(of: index)
    if fusions.contains(.batchNorm) { fuseBatchNorm(into: &step) }
    if fusions.contains(.addition) { fuseAddition(into: &step) }
    if fusions.contains(.relu) { fuse(.relu, as: .relu, into: &step) }
    if fusions.contains(.sigmoid) { fuse(.sigmoid, as: .sigmoid, into: &step) }
    return step
  }

  private mutating func fuseBatchNorm(into step: inout FusedStep) {
    guard let reader = onlyReader(of: step.output), case .batchNormalization = parts[reader].operation else {
      return
    }
    step.norm = reader
    step.output = reader
    isFused[reader] = true
  }

  /// Fuses an addition into the last of the branches that can take it in.
  private mutating func fuseAddition(into step: inout FusedStep) {
    guard let reader = onlyReader(of: step.output), parts[reader].operation == .add else { return }
    let inputs = parts[reader].inputs
    let hosts = inputs.filter { onlyReader(of: $0) != nil && fusions(of: $0).contains(.addition) }
    guard let host = hosts.max(by: { (isHost[$0] ? 1 : 0, $0) < (isHost[$1] ? 1 : 0, $1) }),
      host == step.output, let other = inputs.first(where: { $0 != host })
    else { return }
    step.residual = other
    step.output = reader
    isFused[reader] = true
  }

  private mutating func fuse(
    _ operation: Operation, as activation: FusedStep.Activation, into step: inout FusedStep
  ) {
    guard step.activation == nil, let reader = onlyReader(of: step.output),
      parts[reader].operation == operation
    else { return }
    step.activation = activation
    step.output = reader
    isFused[reader] = true
  }

  private func fusions(of index: Int) -> Fusions {
    parts[index].operation.map { policy.fusions(of: $0.definition) } ?? []
  }

  /// The reader of a part that nothing else asks for.
  private func onlyReader(of index: Int) -> Int? {
    readers[index].count == 1 && !isBoundary[index] ? readers[index][0] : nil
  }
}

extension Graph {
  /// The steps of inference that compute the given nodes.
  ///
  /// - Parameters:
  ///   - boundaries: nodes whose values are rounded.
  ///   - hosts: nodes that take additions in before others do.
  package func inferenceSteps(
    outputs: [Int], boundaries: [Int] = [], hosts: Set<Int> = []
  ) -> [FusedStep] {
    Lowering.steps(
      of: nodes.map { Lowering.Part(operation: $0.operation, inputs: $0.inputs) }, outputs: outputs,
      boundaries: boundaries, hosts: hosts, policy: .inference)
  }
}
