import ResNetGraph

/// One step of a network in training: a part and the parts that are fused into it.
@dynamicMemberLookup
struct TrainingStep {
  /// The part that gives the step its work and its parameters.
  let part: TrainingPart
  /// True if its parameters train.
  let trains: Bool
  private let fused: FusedStep

  /// The parts that the step reads and writes.
  subscript<Value>(dynamicMember member: KeyPath<FusedStep, Value>) -> Value { fused[keyPath: member] }
}

extension TrainingStep {
  /// The steps of a network in an order in which they can run.
  ///
  /// - Parameters:
  ///   - trained: the nodes that train.
  ///   - observed: a part whose own output is wanted, so that it goes into no other; nil for none.
  static func steps(
    of parts: [TrainingPart], trained: Set<Int>, observing observed: Int? = nil
  ) -> [TrainingStep] {
    let fused = Lowering.steps(
      of: parts.map { Lowering.Part(operation: $0.operation, inputs: $0.inputs) },
      outputs: [parts.count - 1] + [observed].compactMap(\.self), policy: .training)
    return sparseFirst(
      fused.map { step in
        let part = parts[step.part]
        return TrainingStep(
          part: part, trains: part.operation != nil && trained.contains(part.node), fused: step)
      })
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

  /// True for a convolution whose windows leave pixels between them.
  private var skipsPixels: Bool {
    if case .convolution(let convolution) = part.operation { return convolution.kernel < convolution.stride }
    return false
  }
}

extension TrainingStep {
  /// True if ReLU is the last part of its work.
  var relu: Bool { fused.activation == .relu }

  /// The parts whose outputs its backward pass reads.
  var kept: [Int] {
    var kept: [Int] = []
    if let definition = part.operation?.definition {
      let reads = definition.derivativeReads
      let trainsParameters = trains && !definition.parameters.isEmpty
      if reads.contains(.input) || trainsParameters { kept.append(fused.input) }
      if reads.contains(.secondInput), let second = fused.second { kept.append(second) }
      if reads.contains(.output) { kept.append(fused.output) }
    }
    if relu, !masksByInput { kept.append(fused.output) }
    return kept
  }

  /// True if the input tells where ReLU let numbers through, so that the output's gradient can stay as it is.
  private var masksByInput: Bool {
    if case .batchNormalization = part.operation { return trains && fused.residual == nil }
    return false
  }

  /// True if its backward pass changes the output's gradient where it lies.
  var masksInPlace: Bool { relu && !masksByInput }

  /// True if the output's gradient, masked by ReLU, is the input's.
  var passesGradient: Bool { part.operation == .add || part.operation == .relu }

  /// True if the input's gradient may be written over the output's.
  var worksInPlace: Bool { part.operation?.definition.family == .normalization }

  /// Floats that hold the places of the maxima of an output of so many floats; nil if there are no maxima.
  func placeFloats(output: Int) -> Int? {
    switch part.operation {
    // A byte for each.
    case .maxPool: (output + 3) / 4
    case .globalMaxPool: output
    default: nil
    }
  }
}
