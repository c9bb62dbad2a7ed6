import Kernels
import ModelDescriptor
import ResNetGraph

/// Decides the form of each map: bytes between layers that compute with integers, floats elsewhere, and what converts one
/// to the other where they meet.
struct StepPlanner {
  private let graph: Graph
  /// The scales of the nodes whose values are rounded to bytes.
  private let scales: [Int: ByteScale]
  /// The layers that compute with integers.
  private let integerLayers: Set<Int>
  private(set) var steps: [PlannedStep] = []
  /// The forms of each node's value that the steps so far make.
  private var made: [Int: [MapValue.Form]] = [:]

  /// The steps that compute the outputs, which are floats.
  ///
  /// - Precondition: every layer that computes with integers reads a value that is rounded.
  init(_ graph: Graph, outputs: [Int]) {
    self.graph = graph
    scales = graph.mapScales
    integerLayers = graph.integerLayers
    made[0] = [scales[0] == nil ? .floats : .unrounded]
    let steps = graph.inferenceSteps(
      outputs: outputs, boundaries: graph.roundedNodes, hosts: graph.integerEnds)
    for step in steps { add(step) }
    for output in outputs { _ = floats(of: output) }
  }

  /// The network's input as the caller gives it.
  var input: MapValue { MapValue(node: 0, form: scales[0] == nil ? .floats : .unrounded) }

  private mutating func add(_ step: FusedStep) {
    var planned: PlannedStep
    if integerLayers.contains(step.part) {
      planned = PlannedStep(
        work: .fused(step), input: bytes(of: step.input), output: rounded(step.output))
      planned.residual = step.residual.map { bytesOf($0) ?? floats(of: $0) }
    } else if let input = bytesOf(step.input), let output = output(of: step, on: input) {
      planned = PlannedStep(work: .fused(step), input: input, output: output)
    } else {
      planned = PlannedStep(
        work: .fused(step), input: floats(of: step.input),
        output: MapValue(node: step.output, form: scales[step.output] == nil ? .floats : .unrounded))
      planned.second = step.second.map { floats(of: $0) }
      planned.residual = step.residual.map { floats(of: $0) }
    }
    append(planned)
  }

  private mutating func append(_ step: PlannedStep) {
    steps.append(step)
    made[step.output.node, default: []].append(step.output.form)
  }

  /// The output of a step without weights that reads bytes; nil where the step needs floats.
  private func output(of step: FusedStep, on input: MapValue) -> MapValue? {
    guard step.activation == nil, step.residual == nil, case .bytes(let scale) = input.form else {
      return nil
    }
    switch graph.nodes[step.part].operation {
    case .maxPool, .zeroPadShortcut:
      let own = scales[step.output]
      return own == nil || own == scale ? MapValue(node: step.output, form: input.form) : nil
    case .globalAveragePool: return rounded(step.output)
    default: return nil
    }
  }

  /// A value as a step on bytes puts it out.
  private func rounded(_ node: Int) -> MapValue {
    MapValue(node: node, form: scales[node].map { .bytes($0) } ?? .floats)
  }

  /// A value in bytes, if it is made in them or rounded to them.
  private mutating func bytesOf(_ node: Int) -> MapValue? {
    for form in made[node] ?? [] {
      if case .bytes = form { return MapValue(node: node, form: form) }
    }
    guard let scale = scales[node], made[node]?.contains(.unrounded) == true else { return nil }
    let value = MapValue(node: node, form: .bytes(scale))
    append(
      PlannedStep(
        work: .quantization, input: MapValue(node: node, form: .unrounded), output: value))
    return value
  }

  private mutating func bytes(of node: Int) -> MapValue {
    guard let value = bytesOf(node) else {
      preconditionFailure("a layer with integers reads '\(graph.nodes[node].name)', which has no scale")
    }
    return value
  }

  /// A value in floats.
  private mutating func floats(of node: Int) -> MapValue {
    let value = MapValue(node: node, form: .floats)
    if made[node]?.contains(.floats) == true { return value }
    let input = bytes(of: node)
    append(PlannedStep(work: .dequantization, input: input, output: value))
    return value
  }
}

extension Graph {
  /// The scales of the nodes whose values a quantized network rounds to bytes.
  fileprivate var mapScales: [Int: ByteScale] {
    guard let maps = architecture.quantization?.maps else { return [:] }
    var scales: [Int: ByteScale] = [:]
    for (index, node) in nodes.enumerated() {
      if let map = maps[node.name] { scales[index] = ByteScale(scale: map.scale, zero: map.zeroPoint) }
    }
    return scales
  }

  /// The nodes that go into no other, since they are rounded, or computed with integers and no ReLU follows.
  fileprivate var roundedNodes: [Int] {
    let integerLayers = integerLayers
    let gates = nodes.filter { $0.operation == .sigmoid }.flatMap(\.inputs).filter(integerLayers.contains)
    return Array(mapScales.keys) + gates
  }

  /// The layers that compute with integers, and the batch norms behind them.
  fileprivate var integerEnds: Set<Int> {
    let layers = integerLayers
    return layers.union(
      nodes.indices.filter {
        guard case .batchNormalization = nodes[$0].operation else { return false }
        return layers.contains(nodes[$0].inputs[0]) && mapScales[nodes[$0].inputs[0]] == nil
      })
  }

  /// The layers of a quantized network that compute with integers.
  fileprivate var integerLayers: Set<Int> {
    let layers = Set(architecture.quantization?.layers ?? [])
    return Set(nodes.indices.filter { layers.contains(nodes[$0].name) })
  }
}
