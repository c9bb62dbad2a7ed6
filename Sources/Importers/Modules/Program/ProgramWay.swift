import ModelDescriptor
import ResNetGraph
import WeightFiles

/// The computation of a TorchScript program, to be compared with a network's.
struct ProgramWay {
  /// The reason why the program is not followed to its end; nil where it is.
  let fault: String?

  private let terms: ProgramTerms
  /// The tensor that the program puts out, or the first of several; nil where it is none.
  private let answer: Int?

  init(_ evidence: ModuleEvidence) {
    let run = ProgramRun(evidence)
    fault = run.fault
    terms = run.terms
    answer = run.answerTerm
  }

  /// True if a maximum is taken of windows anywhere.
  var hasMaxPool: Bool {
    terms.operations.contains { if case .maxPool = $0 { true } else { false } }
  }

  // MARK: Comparing

  /// The first difference from a network, as a phrase; nil where there is none.
  func difference(from graph: Graph, _ evidence: ModuleEvidence) -> String? {
    if let fault { return fault }
    var comparison = Comparison(terms, graph)
    let hasHead = evidence.layers.keys.contains { Graph.isHead(path: $0) }
    for (index, node) in graph.nodes.enumerated() {
      // What becomes of the last map is no matter where the head is left out.
      if !hasHead, node.isGlobalPool { return nil }
      guard comparison.add(node) else { return comparison.words(at: index, evidence) }
    }
    guard hasHead, let last = comparison.terms.last else { return nil }
    if answer == last { return nil }
    if graph.architecture.answer != .one, let sigmoid = terms.known(.sigmoid, [last]),
      answer == sigmoid
    {
      return nil
    }
    return "the program's answer is not what its last layer puts out"
  }

  /// The terms of a network's nodes among those of a program.
  private struct Comparison {
    /// The terms of the nodes so far.
    private(set) var terms: [Int] = []
    private var own: ProgramTerms
    private let graph: Graph
    /// Terms of the program; later ones are only the network's.
    private let count: Int

    init(_ own: ProgramTerms, _ graph: Graph) {
      self.own = own
      self.graph = graph
      count = own.count
    }

    /// Adds the next node.
    ///
    /// - Returns: false if the program does not compute it.
    mutating func add(_ node: Node) -> Bool {
      let inputs = node.inputs.map { terms[$0] }
      let term = term(node, inputs)
      terms.append(term)
      return term < count
    }

    /// Several forms of the same are tried; the last one is the usual.
    private mutating func term(_ node: Node, _ inputs: [Int]) -> Int {
      func known(_ operation: ProgramOperation, _ inputs: [Int]) -> Int? { own.known(operation, inputs) }
      switch node.operation {
      case .input: return own.term(.input)
      case .convolution(let convolution): return term(convolution, node.name, inputs)
      case .batchNormalization(let norm):
        return own.term(
          .batchNorm(epsilon: norm.epsilon),
          inputs + parameters(node, ["weight", "bias", "running_mean", "running_var"]))
      case .groupNormalization(let norm):
        let all = inputs + (norm.isAffine ? parameters(node, ["weight", "bias"]) : [])
        if norm.groups == norm.channels, let term = known(.instanceNorm(epsilon: norm.epsilon), all) {
          return term
        }
        return own.term(.groupNorm(groups: norm.groups, epsilon: norm.epsilon), all)
      case .relu: return own.term(.relu, inputs)
      case .sigmoid: return own.term(.sigmoid, inputs)
      case .maxPool(let pool): return term(pool, inputs)
      case .averagePool(let pool):
        let isZeroed = pool.edge == .zeros
        let pair = [pool.kernel, pool.kernel]
        var from = inputs
        if isZeroed { from = [own.term(.padded([0, 1, 0, 1], value: 0), inputs)] }
        let strides = [pool.stride, pool.stride]
        if isZeroed, let term = known(.averagePool(kernel: pair, stride: strides, isPartial: true), from) {
          return term
        }
        return own.term(
          .averagePool(kernel: pair, stride: strides, isPartial: pool.edge == .partial), from)
      case .blur(let blur): return own.term(.blur(stride: blur.stride), inputs)
      case .globalAveragePool: return globalMean(node, inputs)
      case .globalMaxPool: return own.term(.globalMax, inputs)
      case .linear(let linear):
        return own.term(.linear, inputs + parameters(node, linear.hasBias ? ["weight", "bias"] : ["weight"]))
      case .channelConvolution(let convolution):
        return own.term(
          .channelConvolution(padding: convolution.kernel / 2), inputs + parameters(node, ["weight"]))
      case .add: return own.term(.add, inputs)
      case .mean: return own.term(.multiple(0.5), [own.term(.add, inputs)])
      case .concatenate: return own.term(.concatenate, inputs)
      case .scale: return own.term(.scale, inputs)
      case .zeroPadShortcut(let shortcut): return term(shortcut, inputs)
      }
    }

    private mutating func parameters(_ node: Node, _ suffixes: [String]) -> [Int] {
      suffixes.map { own.term(.parameter("\(node.name).\($0)")) }
    }

    private mutating func term(_ convolution: Convolution, _ name: String, _ inputs: [Int]) -> Int {
      var weight = own.term(.parameter("\(name).weight"))
      if let epsilon = convolution.standardization {
        weight = own.term(.standardized(epsilon: epsilon), [weight])
      }
      let all = inputs + [weight] + (convolution.hasBias ? [own.term(.parameter("\(name).bias"))] : [])
      let dilation = [convolution.dilation, convolution.dilation]
      if convolution.stride == 1,
        let term = own.known(.evenConvolution(dilation: dilation, groups: convolution.groups), all)
      {
        return term
      }
      return own.term(
        .convolution(
          stride: [convolution.stride, convolution.stride],
          padding: [convolution.padding, convolution.padding], dilation: dilation, groups: convolution.groups),
        all)
    }

    private mutating func term(_ pool: Pool, _ inputs: [Int]) -> Int {
      var from = inputs
      var padding = pool.padding
      if pool.padsWithZeros {
        from = [own.term(.padded([padding, padding, padding, padding], value: 0), inputs)]
        padding = 0
      }
      return own.term(
        .maxPool(
          kernel: [pool.kernel, pool.kernel], stride: [pool.stride, pool.stride],
          padding: [padding, padding],
          dilation: [1, 1], isPartial: pool.isPartial), from)
    }

    private mutating func term(_ shortcut: ZeroPadShortcut, _ inputs: [Int]) -> Int {
      var term = inputs[0]
      if shortcut.stride > 1 {
        for dimension in [2, 3] {
          term = own.term(.sliced(dimension: dimension, stride: shortcut.stride), [term])
        }
      }
      guard shortcut.padding > 0 else { return term }
      return own.term(.padded([0, 0, 0, 0, shortcut.padding, shortcut.padding], value: 0), [term])
    }

    /// A window of fixed size is a global mean where it is the whole map of images of the network's size.
    private mutating func globalMean(_ node: Node, _ inputs: [Int]) -> Int {
      if let map = ModuleEvidence.extent(of: node, in: graph), map[0] == map[1],
        let term = own.known(.windowMean(kernel: map[0]), inputs)
      {
        return term
      }
      return own.term(.globalMean, inputs)
    }

    // MARK: Messages

    /// The difference at a node that the program does not compute.
    func words(at index: Int, _ evidence: ModuleEvidence) -> String {
      let node = graph.nodes[index]
      let shared = Set(terms.dropLast())
      // Another term that the program makes of the same map.
      let other = (0..<count).first { term in
        !shared.contains(term) && node.inputs.contains { own.inputs[term].contains(terms[$0]) }
      }
      // The same operation has other inputs.
      let isAlike = terms.last.map { last in other.map { own.operations[$0] == own.operations[last] } }
      let found =
        (other.map { own.operations[$0].words } ?? "something else")
        + (isAlike == true ? " of other tensors" : "")
      var hint = ""
      if let other, case .windowMean(let kernel) = own.operations[other], node.isGlobalPool {
        hint = ModuleEvidence.sizeOfImages(whoseLastMapHas: [kernel, kernel], at: node, in: graph)
      }
      let name = evidence.layers[node.name]?.path ?? node.name
      let before = node.inputs.first.map { graph.nodes[$0].name }.map { evidence.layers[$0]?.path ?? $0 }
      return "the program has \(found) where the network has '\(name)' (\(node.operation.summary))"
        + (before.map { " after '\($0)'" } ?? "") + hint
    }
  }
}

extension Node {
  fileprivate var isGlobalPool: Bool {
    !name.hasPrefix("layer")
      && [.globalAveragePool, .globalMaxPool].contains(operation)
  }
}

extension ProgramOperation {
  /// The operation for messages.
  fileprivate var words: String {
    switch self {
    case .input: "the image"
    case .parameter(let name), .foreign(let name): "the tensor '\(name)'"
    case .convolution(let stride, let padding, let dilation, let groups):
      "a convolution of stride \(stride), padding \(padding), dilation \(dilation) and \(groups) groups"
    case .evenConvolution: "a convolution that keeps the extent"
    case .standardized: "standardised weights"
    case .batchNorm(let epsilon): "a batch norm with the epsilon \(epsilon)"
    case .groupNorm(let groups, let epsilon): "a norm of \(groups) groups with the epsilon \(epsilon)"
    case .instanceNorm(let epsilon): "an instance norm with the epsilon \(epsilon)"
    case .relu: "a ReLU"
    case .sigmoid: "a sigmoid"
    case .softmax: "a softmax"
    case .maxPool(let kernel, let stride, let padding, let dilation, let isPartial):
      "a max-pool of \(kernel), stride \(stride), padding \(padding), dilation \(dilation)"
        + (isPartial ? " that rounds its extent up" : "")
    case .averagePool(let kernel, let stride, let isPartial):
      "an average pool of \(kernel), stride \(stride)" + (isPartial ? " that rounds its extent up" : "")
    case .windowMean(let kernel): "the mean of \(kernel)×\(kernel) pixels"
    case .globalMean: "the mean of each channel"
    case .globalMax: "the maximum of each channel"
    case .linear: "a linear layer"
    case .transposed: "a matrix that is turned"
    case .channelConvolution: "a convolution along the channels"
    case .add: "a sum"
    case .multiple(let factor): "a product with \(factor)"
    case .concatenate: "two maps in one"
    case .scale: "a factor for each channel"
    case .padded, .reflected: "a padded map"
    case .blur: "a blur"
    case .sliced: "every few pixels"
    case .flattened: "a map in one row"
    }
  }
}
