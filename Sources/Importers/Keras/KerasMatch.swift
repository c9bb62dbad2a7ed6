import ModelDescriptor
import ResNetGraph

/// The steps of a Keras network beside the nodes of the network that its arrays were read as, one for one.
struct KerasMatch {
  private let steps: [KerasStep]
  private let graph: Graph
  private let names: [String: String]
  /// The step of each node.
  private var partners: [Int: Int] = [:]
  private var pending: [(node: Int, step: Int)] = []
  /// The first difference as a phrase; nil where both compute the same.
  private(set) var difference: String?
  /// The function after the logits.
  private(set) var ending: KerasStep?
  /// True if the only difference is that several classes are answered at once.
  private(set) var answersSeveral = false
  /// True if the configuration ends in the last map.
  private(set) var endsInMap = false

  init(_ network: KerasSteps, _ graph: Graph, names: [String: String]) {
    steps = network.steps
    self.graph = graph
    self.names = names
    var output = network.output
    if [.softmax, .sigmoid].contains(steps[output].work) {
      ending = steps[output]
      output = steps[output].inputs[0]
    }
    var node = graph.nodes.count - 1
    if !names.values.contains(where: { Graph.isHead(path: $0) }) {
      node = graph.embedding
      // A head that was left out on purpose.
      while case .linear = steps[output].work, names[steps[output].layer] == nil {
        output = steps[output].inputs[0]
        ending = nil
        while case .relu = steps[output].work, steps[output].isPooled { output = steps[output].inputs[0] }
      }
    }
    if node == graph.embedding, !steps[output].isPooled {
      endsInMap = true
      while node > 0, Self.isPool(graph.nodes[node].operation) { node = graph.nodes[node].inputs[0] }
    }
    pending = [(node, output)]
    while difference == nil, let (node, step) = pending.popLast() {
      if let partner = partners[node] {
        if partner != step { difference = mismatch(node, step) }
      } else {
        partners[node] = step
        match(node, step)
      }
    }
    if difference == nil, let ending {
      difference = fault(of: ending)
      answersSeveral = difference != nil && ending.work == .sigmoid
    }
  }

  private static func isPool(_ operation: Operation) -> Bool {
    switch operation {
    case .globalAveragePool, .globalMaxPool, .mean, .concatenate: true
    default: false
    }
  }

  private func fault(of ending: KerasStep) -> String? {
    let isSeveral = [.several, .binary].contains(graph.architecture.answer)
    switch ending.work {
    case .sigmoid where !isSeveral:
      return "'\(ending.layer)' is a Sigmoid, so that several classes are answered at once"
    case .softmax where isSeveral:
      return "'\(ending.layer)' is a Softmax, so that one class is answered"
    default: return nil
    }
  }

  private func mismatch(_ node: Int, _ step: Int) -> String {
    let own = graph.nodes[node]
    let work = steps[step]
    let words = work.layer.isEmpty ? "the images stand" : "'\(work.layer)' is \(work.words)"
    return "\(words) where the network has \(own.operation.summary) (its \(own.name))"
  }

  private mutating func match(_ node: Int, _ index: Int) {
    let step = steps[index]
    let own = graph.nodes[node]
    guard fits(node, index) else {
      difference = mismatch(node, index)
      return
    }
    if let fault = fault(own.operation, step) {
      difference = "'\(step.layer)' \(fault)"
      return
    }
    var inputs = step.inputs
    guard inputs.count == own.inputs.count else {
      difference = mismatch(node, index)
      return
    }
    // A sum and a product are the same whichever part comes first.
    if inputs.count == 2, !fits(own.inputs[0], inputs[0]) || !fits(own.inputs[1], inputs[1]) {
      inputs.reverse()
    }
    for (own, other) in zip(own.inputs, inputs) { pending.append((own, other)) }
  }

  /// True if a step is of the kind of a node, and the same layer where it has arrays.
  private func fits(_ node: Int, _ index: Int) -> Bool {
    let step = steps[index]
    let own = graph.nodes[node]
    switch (own.operation, step.work) {
    case (.input, .input), (.relu, .relu), (.sigmoid, .sigmoid), (.add, .add), (.scale, .scale),
      (.globalAveragePool, .globalAveragePool), (.globalMaxPool, .globalMaxPool), (.maxPool, .maxPool),
      (.averagePool, .averagePool):
      return true
    case (.convolution, .convolution), (.batchNormalization, .norm), (.linear, .linear):
      return names[step.layer] == own.name
    case (.zeroPadShortcut(let shortcut), .maxPool(let pool)):
      return shortcut.padding == 0 && pool == Pool(kernel: 1, stride: shortcut.stride, padding: 0)
    case (.zeroPadShortcut(let shortcut), .averagePool(let pool)):
      return shortcut.padding == 0 && pool.kernel == 1 && pool.stride == shortcut.stride
    default: return false
    }
  }

  /// The first setting of a layer that is another one in the network, as a phrase.
  private func fault(_ operation: Operation, _ step: KerasStep) -> String? {
    switch (operation, step.work) {
    case (.convolution(let own), .convolution(let other)):
      let pairs = [
        ("stride", other.stride, own.stride), ("dilation", other.dilation, own.dilation),
        ("groups", other.groups, own.groups), ("padding", other.padding, own.padding),
        ("kernel", other.kernel, own.kernel), ("filters", other.outputChannels, own.outputChannels),
      ]
      return pairs.first { $0.1 != $0.2 }.map { "has the \($0.0) \($0.1), not \($0.2)" }
    case (.batchNormalization(let own), .norm(let epsilon)):
      return epsilon == own.epsilon ? nil : "has the epsilon \(epsilon), not \(own.epsilon)"
    case (.linear(let own), .linear(let outputs)):
      return outputs == own.outputs ? nil : "has the units \(outputs), not \(own.outputs)"
    case (.maxPool(var own), .maxPool(var other)):
      // Zeros change no maximum of numbers that are not negative.
      if steps[step.inputs[0]].work == .relu { (own.padsWithZeros, other.padsWithZeros) = (false, false) }
      return own == other
        ? nil
        : "is a max-pool \(other.detail), not \(own.detail)"
    case (.averagePool(let own), .averagePool(let other)):
      return own == other ? nil : "is an average pool \(other.detail), not \(own.detail)"
    default: return nil
    }
  }
}

extension KerasStep {
  /// The work with its article, for messages.
  var words: String {
    switch work {
    case .input: "the images"
    case .border: "zeros around a map"
    case .convolution: "a convolution"
    case .norm: "a batch norm"
    case .relu: "a ReLU"
    case .sigmoid: "a sigmoid"
    case .softmax: "a softmax"
    case .maxPool: "a max-pool"
    case .averagePool: "an average pool"
    case .globalAveragePool: "the mean of each channel"
    case .globalMaxPool: "the maximum of each channel"
    case .linear: "a linear layer"
    case .add: "a sum"
    case .scale: "a product"
    }
  }
}
