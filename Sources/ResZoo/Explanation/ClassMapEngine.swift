import Inference
import ResNetGraph
import ResNetModel
import Threads

/// The class activation map (Zhou et al. 2016): of a network that ends in a global pooling and one linear layer, the share of each place of the
/// last map in a logit. It takes a forward pass alone.
///
/// With y_k = b_k + Σ_c W[k,c] pool(A_c), a place p has Σ_c W[k,c] A_c(p) / places where the pooling is a mean, and Σ W[k,c] A_c(p) over the
/// channels whose maximum lies at p where it is a maximum. All places and the bias add up to y_k.
final class ClassMapEngine: ExplanationEngine {
  private let session: InferenceSession
  private let mapNode: Int
  private let logitsNode: Int
  private let shape: FeatureShape
  private let pooling: GlobalPooling
  /// [classes][features]
  private let weights: [Float]
  private let biases: [Float]
  private let features: Int

  /// - Throws: ``ExplanationError/notLinear(_:)``.
  init(
    _ model: Model, height: Int, width: Int, pool: WorkerPool
  ) throws(ExplanationError) {
    let graph = model.graph
    try Self.requireLinearHead(graph)
    pooling = GlobalPooling(graph)
    mapNode = pooling.input
    logitsNode = graph.nodes.count - 1
    let head = graph.nodes[logitsNode].name
    weights = model.floats(head + ".weight")
    biases =
      model.parameters[head + ".bias"] == nil
      ? Array(repeating: 0, count: graph.architecture.classes) : model.floats(head + ".bias")
    features = weights.count / graph.architecture.classes
    do {
      let plan = try InferencePlan(
        model, height: height, width: width, outputs: [mapNode, logitsNode], pool: pool)
      shape = try graph.shapes(height: height, width: width)[mapNode]
      session = try InferenceSession(plan: plan, capacity: 1, pool: pool)
    } catch let error as InferenceError {
      throw .inference(error)
    } catch {
      throw .inference(InferenceError(.size, "\(error)"))
    }
  }

  /// Refuses a network whose logits are no linear function of the pooled map.
  static func requireLinearHead(_ graph: Graph) throws(ExplanationError) {
    switch graph.architecture.head {
    case .linear: break
    case .none: throw .notLinear("its pooled features, without a head")
    case .multilayer: throw .notLinear("a head of \(graph.architecture.head.layerCount) layers")
    }
  }

  func begin(_ input: [Float]) -> [Float] {
    session.withInput(0) { span in
      for index in span.indices { span[index] = input[index] }
    }
    session.run(count: 1)
    return session.withOutput(logitsNode, of: 0) { logits in logits.indices.map { logits[$0] } }
  }

  func map(for answer: ExplainedAnswer) -> ComputedMap {
    var weight = Array(repeating: 0.0, count: features)
    var bias = 0.0
    for (logit, factor) in answer.direction {
      for feature in 0..<features {
        weight[feature] += Double(factor) * Double(weights[logit * features + feature])
      }
      bias += Double(factor) * Double(biases[logit])
    }
    let maps = session.withOutput(mapNode, of: 0) { ChannelMaps($0, channels: shape.channels) }
    let values = pooling.shares(of: maps, weights: weight)
    let logits = session.withOutput(logitsNode, of: 0) { span in span.indices.map { span[$0] } }
    let check = Explanation.Check(
      kind: .logit, expected: answer.value(of: logits), found: values.reduce(bias, +), addend: bias, steps: 0)
    return ComputedMap(values: values, height: shape.height, width: shape.width, check: check)
  }
}

/// The pooling before a network's head.
struct GlobalPooling {
  /// The node whose output is pooled.
  let input: Int
  private let kind: Architecture.GlobalPool

  init(_ graph: Graph) {
    let last = graph.nodes[graph.embedding]
    let first = last.inputs[0]
    kind = graph.architecture.globalPool
    switch kind {
    case .average, .max: input = first
    case .averageMax, .concatenated: input = graph.nodes[first].inputs[0]
    }
  }

  /// The share of each place in a weighted sum of the pooled features.
  ///
  /// - Parameter weights: one for each feature.
  func shares(of maps: ChannelMaps, weights: [Double]) -> [Double] {
    var shares = Array(repeating: 0.0, count: maps.pixels)
    switch kind {
    case .average: addMean(of: maps, weights[...], to: &shares)
    case .max: addMaximum(of: maps, weights[...], to: &shares)
    case .averageMax:
      let halves = weights.map { $0 / 2 }
      addMean(of: maps, halves[...], to: &shares)
      addMaximum(of: maps, halves[...], to: &shares)
    case .concatenated:
      addMean(of: maps, weights[..<maps.channels], to: &shares)
      addMaximum(of: maps, weights[maps.channels...], to: &shares)
    }
    return shares
  }

  private func addMean(of maps: ChannelMaps, _ weights: ArraySlice<Double>, to shares: inout [Double]) {
    for pixel in shares.indices {
      var sum = 0.0
      for (channel, weight) in weights.enumerated() { sum += weight * maps[pixel, channel] }
      shares[pixel] += sum / Double(maps.pixels)
    }
  }

  private func addMaximum(of maps: ChannelMaps, _ weights: ArraySlice<Double>, to shares: inout [Double]) {
    for (channel, weight) in weights.enumerated() {
      var best = 0
      for pixel in shares.indices where maps[pixel, channel] > maps[best, channel] { best = pixel }
      shares[best] += weight * maps[best, channel]
    }
  }
}

extension Model {
  /// The numbers of a parameter, in PyTorch's order.
  fileprivate func floats(_ name: String) -> [Float] {
    let span = parameter(name).floats
    return span.indices.map { span[$0] }
  }
}

extension Architecture.Head {
  fileprivate var layerCount: Int {
    switch self {
    case .none: 0
    case .linear: 1
    case .multilayer(let widths, _): widths.count + 1
    }
  }
}
