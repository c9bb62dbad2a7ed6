import ModelDescriptor
import ResNetGraph
import ResNetModel

/// The class activation map (Zhou et al. 2016): of a network that ends in a global pooling and one linear layer, the share of each place of the
/// last map in a logit. It takes a forward pass alone.
///
/// With y_k = b_k + Σ_c W[k,c] pool(A_c), a place p has Σ_c W[k,c] A_c(p) / places where the pooling is a mean, and Σ W[k,c] A_c(p) over the
/// channels whose maximum lies at p where it is a maximum. All places and the bias add up to y_k; of a quantized network but for the rounding
/// between the last map and the logits.
struct ClassMap: Sendable {
  /// The node whose output is divided among the classes.
  let node: Int
  private let pooling: GlobalPooling
  /// [classes][features]
  private let weights: [Float]
  private let biases: [Float]
  private let features: Int

  /// Takes the weights of a network's head.
  ///
  /// - Throws: ``ExplanationError/notLinear(_:)``.
  init(_ model: Model) throws(ExplanationError) {
    let graph = model.graph
    try Self.requireLinearHead(graph)
    pooling = GlobalPooling(graph)
    node = pooling.input
    let head = graph.nodes[graph.nodes.count - 1].name
    weights = model.floats(head + ".weight")
    biases =
      model.parameters[head + ".bias"] == nil
      ? Array(repeating: 0, count: graph.architecture.classes) : model.floats(head + ".bias")
    features = weights.count / graph.architecture.classes
  }

  /// Refuses a network whose logits are no linear function of the pooled map.
  static func requireLinearHead(_ graph: Graph) throws(ExplanationError) {
    switch graph.architecture.head {
    case .linear: break
    case .none: throw .notLinear("its pooled features, without a head")
    case .multilayer(let widths, _): throw .notLinear("a head of \(widths.count + 1) layers")
    }
  }

  /// Computes the map of an answer.
  ///
  /// - Parameters:
  ///   - maps: the output of ``node``.
  ///   - shape: its height and width.
  ///   - logits: those of the same run.
  /// - Complexity: O(places × features).
  func map(
    for answer: ExplainedAnswer, of maps: ChannelMaps, shape: FeatureShape, logits: [Float]
  ) -> ComputedMap {
    var weight = Array(repeating: 0.0, count: features)
    var bias = 0.0
    for (logit, factor) in answer.direction {
      for feature in 0..<features {
        weight[feature] += Double(factor) * Double(weights[logit * features + feature])
      }
      bias += Double(factor) * Double(biases[logit])
    }
    let values = pooling.shares(of: maps, weights: weight)
    let check = Explanation.Check(
      kind: .logit, expected: answer.value(of: logits), found: values.reduce(bias, +), addend: bias, steps: 0)
    return ComputedMap(values: values, height: shape.height, width: shape.width, check: check)
  }
}

extension Model {
  /// The numbers of a parameter, in PyTorch's order.
  fileprivate func floats(_ name: String) -> [Float] {
    let span = parameter(name).floats
    return span.indices.map { span[$0] }
  }
}
