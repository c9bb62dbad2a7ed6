import ResNetGraph

/// One step of a network in training: a part together with those that are fused into it.
struct TrainingStep {
  enum Kind {
    case convolution(Convolution)
    case batchNorm(BatchNormalization)
    case groupNorm(GroupNormalization)
    case linear(Linear)
    case channelConvolution(ChannelConvolution)
    /// The input times one number for each channel.
    case gate
    /// Nothing but what is fused: an addition, a ReLU.
    case identity
    case sigmoid
    case maxPool(Pool)
    case averagePool(AveragePool)
    case blur(Blur)
    case globalAveragePool
    case globalMaxPool
    case mean
    case concatenate
    case zeroPad(ZeroPadShortcut)
    case dropout(rate: Double)
    case dropPath(rate: Double)
  }

  var kind: Kind
  /// The node that gives it its parameters.
  var node: Int
  /// Whether its parameters train.
  var trains: Bool
  /// The part whose output is read.
  var input: Int
  /// The other part of a step that joins two: the gate, or the second input.
  var second: Int?
  /// The part whose output is added before ReLU.
  var residual: Int?
  var relu = false
  /// The last of the fused parts, whose output this step writes.
  var output: Int

  /// The parts whose outputs are read.
  var reads: [Int] { [input, second, residual].compactMap(\.self) }
}

extension TrainingStep {
  /// What its backward pass reads of the forward pass.
  var kept: [Int] {
    var kept: [Int] = []
    switch kind {
    case .convolution, .linear, .channelConvolution:
      if trains { kept.append(input) }
    case .batchNorm:
      if trains { kept.append(input) }
    case .groupNorm: kept.append(input)
    case .gate: kept += [input, second].compactMap(\.self)
    case .sigmoid: kept.append(output)
    default: break
    }
    if relu, !masksByInput { kept.append(output) }
    return kept
  }

  /// Whether what ReLU let through follows from the input, so that the output's gradient can stay as it is.
  var masksByInput: Bool {
    if case .batchNorm = kind { return trains && residual == nil }
    return false
  }

  /// Whether it is a convolution whose windows leave pixels between them.
  var skipsPixels: Bool {
    if case .convolution(let convolution) = kind { return convolution.kernel < convolution.stride }
    return false
  }

  /// Whether its backward pass changes the output's gradient where it lies.
  var masksInPlace: Bool { relu && !masksByInput }
}

/// Fuses parts to steps: an addition into the norm or gate that alone ends one of its two branches, ReLU into what comes
/// before it.
struct TrainingLowering {
  private let parts: [TrainingPart]
  private let trained: Set<Int>
  /// The parts that read each part.
  private var readers: [[Int]]

  /// - Parameter trained: the nodes that train.
  init(_ parts: [TrainingPart], trained: Set<Int>) {
    self.parts = parts
    self.trained = trained
    readers = Array(repeating: [], count: parts.count)
    for (index, part) in parts.enumerated() {
      for input in part.inputs { readers[input].append(index) }
    }
  }

  /// The steps in an order in which they can run.
  func steps() -> [TrainingStep] {
    var steps: [TrainingStep] = []
    var isFused = Array(repeating: false, count: parts.count)
    for index in parts.indices.dropFirst() where !isFused[index] {
      steps.append(step(from: index, isFused: &isFused))
    }
    return Self.sparseFirst(steps.sorted { $0.output < $1.output })
  }

  /// Moves convolutions that skip pixels of their input before its other readers. Their gradients then come last, and add to
  /// a few pixels instead of filling the others with zeros.
  private static func sparseFirst(_ steps: [TrainingStep]) -> [TrainingStep] {
    var ordered: [TrainingStep] = []
    for step in steps {
      let reader = step.skipsPixels ? ordered.firstIndex { $0.reads.contains(step.input) } : nil
      ordered.insert(step, at: reader ?? ordered.endIndex)
    }
    return ordered
  }

  private func step(from index: Int, isFused: inout [Bool]) -> TrainingStep {
    let part = parts[index]
    var step = TrainingStep(
      kind: kind(of: part), node: part.node, trains: trained.contains(part.node), input: part.inputs[0],
      output: index)
    switch part.kind {
    case .dropout, .dropPath: step.trains = false
    case .node(.add):
      step.residual = part.inputs[1]
      fuseReLU(into: &step, isFused: &isFused)
    case .node(.relu): step.relu = true
    case .node(.scale), .node(.mean), .node(.concatenate): step.second = part.inputs[1]
    default: break
    }
    if takesAddition(index) {
      fuseAddition(into: &step, isFused: &isFused)
      fuseReLU(into: &step, isFused: &isFused)
    }
    return step
  }

  private func kind(of part: TrainingPart) -> TrainingStep.Kind {
    switch part.kind {
    case .dropout(let rate): .dropout(rate: rate)
    case .dropPath(let rate): .dropPath(rate: rate)
    case .node(let operation):
      switch operation {
      case .input, .add, .relu: .identity
      case .convolution(let convolution): .convolution(convolution)
      case .batchNormalization(let norm): .batchNorm(norm)
      case .groupNormalization(let norm): .groupNorm(norm)
      case .sigmoid: .sigmoid
      case .maxPool(let pool): .maxPool(pool)
      case .averagePool(let pool): .averagePool(pool)
      case .blur(let blur): .blur(blur)
      case .globalAveragePool: .globalAveragePool
      case .globalMaxPool: .globalMaxPool
      case .linear(let linear): .linear(linear)
      case .channelConvolution(let convolution): .channelConvolution(convolution)
      case .mean: .mean
      case .concatenate: .concatenate
      case .scale: .gate
      case .zeroPadShortcut(let shortcut): .zeroPad(shortcut)
      }
    }
  }

  private func fuseAddition(into step: inout TrainingStep, isFused: inout [Bool]) {
    guard let reader = onlyReader(of: step.output), case .node(.add) = parts[reader].kind else { return }
    let inputs = parts[reader].inputs
    let host = inputs.filter { takesAddition($0) && onlyReader(of: $0) != nil }.max()
    guard host == step.output, let other = inputs.first(where: { $0 != host }) else { return }
    step.residual = other
    step.output = reader
    isFused[reader] = true
  }

  private func fuseReLU(into step: inout TrainingStep, isFused: inout [Bool]) {
    guard let reader = onlyReader(of: step.output), case .node(.relu) = parts[reader].kind else { return }
    step.relu = true
    step.output = reader
    isFused[reader] = true
  }

  /// Whether a step that begins with this part can add another one to its result.
  private func takesAddition(_ index: Int) -> Bool {
    switch parts[index].kind {
    case .node(.batchNormalization), .node(.groupNormalization), .node(.scale): true
    default: false
    }
  }

  private func onlyReader(of index: Int) -> Int? {
    readers[index].count == 1 ? readers[index][0] : nil
  }
}
