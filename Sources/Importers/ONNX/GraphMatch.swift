import Messages
import ResNetGraph

/// The operations of an ONNX graph beside the nodes of a network, one for one: each node finds an operation that does the same, and
/// so the constants that are its parameters.
struct GraphMatch {
  let reading: NetworkReading
  let graph: Graph
  /// The origin of each parameter, by the graph's names.
  private(set) var weights: [String: ONNXWeight] = [:]
  /// Batch norms that the file has as part of the convolution before them.
  private(set) var foldedNorms = 0
  /// Batch norms that take in the bias of the convolution before them.
  private(set) var absorbedBiases = 0
  /// The operation of each node.
  private(set) var partners: [Int: Int] = [:]
  private var pending: [(node: Int, step: Int)] = []
  /// Convolutions whose bias the norm after them has taken in.
  private var absorbed: Set<Int> = []

  /// - Throws: ``ImportError`` with `graph` that names the first node that does not fit.
  init(_ reading: NetworkReading, _ graph: Graph, output: Int) throws(ImportError) {
    self.reading = reading
    self.graph = graph
    pending = [(graph.nodes.count - 1, output)]
    while let (node, step) = pending.popLast() {
      if let partner = partners[node] {
        guard partner == step else { throw mismatch(node, step) }
        continue
      }
      partners[node] = step
      try match(node, step)
    }
  }

  private func mismatch(_ node: Int, _ step: Int) -> ImportError {
    let own = graph.nodes[node]
    return reading.refusal(
      step,
      "is \(reading.steps[step].operation.summary) where the network that has such blocks otherwise has \(own.operation.summary) (its \(own.name))"
    )
  }

  private mutating func follow(_ node: Int, _ inputs: [Int]) {
    for (own, other) in zip(graph.nodes[node].inputs, inputs) { pending.append((own, other)) }
  }

  private mutating func take(_ node: Int, _ suffix: String, _ weight: ONNXWeight?) {
    weights["\(graph.nodes[node].name).\(suffix)"] = weight ?? .filled(0)
  }

  private mutating func match(_ node: Int, _ index: Int) throws(ImportError) {
    let step = reading.steps[index]
    var inputs = step.inputs
    switch (graph.nodes[node].operation, step.operation) {
    case (.input, .input) where index == 0: break
    case (.batchNormalization(let own), .batchNormalization(let other)) where own.channels == other.channels:
      matchNorm(node, step, variance: own.epsilon - other.epsilon)
    case (.batchNormalization(let own), .convolution(let other)):
      let before = graph.nodes[node].inputs[0]
      guard case .convolution = graph.nodes[before].operation, own.channels == other.outputChannels else {
        throw mismatch(node, index)
      }
      foldedNorms += 1
      absorbed.insert(before)
      take(node, "weight", .filled(1))
      take(node, "bias", step.weights["bias"])
      take(node, "running_mean", nil)
      take(node, "running_var", .unitVariance(epsilon: own.epsilon))
      inputs = [index]
    case (.groupNormalization(let own), .groupNormalization(let other))
    where own.channels == other.channels && own.groups == other.groups && own.epsilon == other.epsilon:
      let isPlain = step.weights["weight"] == .filled(1) && step.weights["bias"] == .filled(0)
      guard own.isAffine || isPlain else { throw mismatch(node, index) }
      if own.isAffine {
        take(node, "weight", step.weights["weight"])
        take(node, "bias", step.weights["bias"])
      }
    case (.convolution(var own), .convolution(var other)):
      let (hasBias, otherHasBias) = (own.hasBias, other.hasBias)
      (own.hasBias, other.hasBias, own.standardization) = (false, false, nil)
      guard own == other, hasBias || !otherHasBias || absorbed.contains(node) else {
        throw mismatch(node, index)
      }
      take(node, "weight", step.weights["weight"])
      if hasBias { take(node, "bias", absorbed.contains(node) ? nil : step.weights["bias"]) }
    case (.linear(let own), .linear(let other))
    where own.inputs == other.inputs && own.outputs == other.outputs:
      guard own.hasBias || !other.hasBias else { throw mismatch(node, index) }
      take(node, "weight", step.weights["weight"])
      if own.hasBias { take(node, "bias", step.weights["bias"]) }
    case (.channelConvolution(let own), .channelConvolution(let other)) where own == other:
      take(node, "weight", step.weights["weight"])
    case (.maxPool(var own), .maxPool(let other)):
      // Zeros change no maximum of numbers that are not negative.
      if reading.steps[inputs[0]].operation == .relu { own.padsWithZeros = other.padsWithZeros }
      guard own == other else { throw mismatch(node, index) }
    case (.averagePool(let own), .averagePool(let other)):
      let before = reading.steps[inputs[0]]
      let fits = [before.height, before.width].allSatisfy {
        $0 >= own.kernel && ($0 - own.kernel) % own.stride == 0
      }
      guard own.kernel == other.kernel, own.stride == other.stride, own.edge == other.edge || fits else {
        throw mismatch(node, index)
      }
    case (.add, .add):
      guard let block = reading.blocks.first(where: { $0.sum == index }) else { throw mismatch(node, index) }
      inputs = block.inputs
    case (let own, let other) where own == other: break
    default: throw mismatch(node, index)
    }
    guard inputs.count == graph.nodes[node].inputs.count else { throw mismatch(node, index) }
    follow(node, inputs)
  }

  /// - Parameter variance: the difference of the numbers that both norms add to the variance.
  private mutating func matchNorm(_ node: Int, _ step: ONNXStep, variance: Double) {
    let before = graph.nodes[node].inputs[0]
    var mean = step.weights["running_mean"] ?? .filled(0)
    if case .convolution(let own) = graph.nodes[before].operation, !own.hasBias,
      let bias = reading.steps[step.inputs[0]].weights["bias"], reading.steps[step.inputs[0]].isConvolution
    {
      absorbedBiases += 1
      absorbed.insert(before)
      mean = .difference(mean, bias)
    }
    take(node, "weight", step.weights["weight"])
    take(node, "bias", step.weights["bias"])
    take(node, "running_mean", mean)
    let own = step.weights["running_var"] ?? .filled(1)
    take(node, "running_var", abs(variance) < 1e-12 ? own : .difference(own, .filled(Float(variance))))
  }
}
