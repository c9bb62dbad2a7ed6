import ResNetGraph
import ResNetModel

/// Turns a model's nodes into ONNX operators, in the graph's order. A node's output has the node's name, but for the
/// last one.
struct ONNXNetworkBuilder {
  static let inputName = "input"
  static let outputName = "logits"

  private let model: Model
  /// The batch norm that goes into each convolution, by their nodes.
  private let folds: [Int: Int]
  /// Each node's parameters.
  private let parameters: [Int: [Parameter]]
  private(set) var network = ONNXNetwork()
  /// Each node's output.
  private var values: [String] = []
  /// The nodes whose output is [N, C].
  private var flat: Set<Int> = []

  init(_ model: Model, folding: Bool) {
    self.model = model
    parameters = Dictionary(grouping: model.graph.parameters, by: \.node)
    folds = folding ? model.graph.foldableNorms : [:]
  }

  mutating func build() {
    for index in model.graph.nodes.indices { values.append(append(index)) }
  }

  /// Appends the operators of a node, whose inputs are there, and returns the name of its output.
  private mutating func append(_ index: Int) -> String {
    let node = model.graph.nodes[index]
    switch node.operation {
    case .input:
      return Self.inputName
    case .convolution(let convolution):
      let constants =
        folds[index].map { foldedConstants(convolution: index, norm: $0) } ?? constants(of: index)
      return step("Conv", index, constants, convolution.attributes)
    case .batchNormalization(let norm):
      if folds[node.inputs[0]] == index { return values[node.inputs[0]] }
      return step("BatchNormalization", index, constants(of: index), [.float("epsilon", norm.epsilon)])
    case .relu:
      if flat.contains(node.inputs[0]) { flat.insert(index) }
      return step("Relu", index)
    case .maxPool(let pool):
      return step("MaxPool", index, [], pool.attributes)
    case .globalAveragePool:
      return step("GlobalAveragePool", index)
    case .linear:
      if !flat.contains(node.inputs[0]) {
        values[node.inputs[0]] = flattened(values[node.inputs[0]])
        flat.insert(node.inputs[0])
      }
      flat.insert(index)
      return step("Gemm", index, constants(of: index), [.integer("transB", 1)])
    case .add:
      return step("Add", index)
    case .zeroPadShortcut(let shortcut):
      return zeroPadShortcut(shortcut, index)
    case .groupNormalization, .sigmoid, .averagePool, .blur, .globalMaxPool, .channelConvolution, .mean,
      .concatenate, .scale:
      preconditionFailure("\(node.operation.name) has no operator")
    }
  }

  /// Appends the operator of a node, which reads the outputs of the node's inputs, then constants.
  private mutating func step(
    _ kind: String, _ index: Int, _ constants: [String] = [], _ attributes: [ONNXAttribute] = []
  ) -> String {
    let node = model.graph.nodes[index]
    let output = index == model.graph.nodes.count - 1 ? Self.outputName : node.name
    network.steps.append(
      ONNXStep(
        kind, node.name, inputs: node.inputs.map { values[$0] } + constants, output: output, attributes))
    return output
  }

  /// [N, C, 1, 1] → [N, C].
  private mutating func flattened(_ value: String) -> String {
    let output = value + ".flat"
    network.steps.append(ONNXStep("Flatten", output, inputs: [value], output: output))
    return output
  }

  /// Every so many pixels, then channels of zeros before and after.
  private mutating func zeroPadShortcut(_ shortcut: ZeroPadShortcut, _ index: Int) -> String {
    let node = model.graph.nodes[index]
    let padding = Int64(shortcut.padding)
    let stride = Int64(shortcut.stride)
    func constant(_ suffix: String, _ integers: [Int64]) -> String {
      let name = "\(node.name).\(suffix)"
      network.constants.append(ONNXConstant(name, integers))
      return name
    }
    let bounds = [
      constant("starts", [0, 0]), constant("ends", [.max, .max]), constant("axes", [2, 3]),
      constant("steps", [stride, stride]),
    ]
    let slice = node.name + ".slice"
    network.steps.append(
      ONNXStep("Slice", slice, inputs: [values[node.inputs[0]]] + bounds, output: slice))
    let pads = constant("pads", [0, padding, 0, 0, 0, padding, 0, 0])
    network.steps.append(ONNXStep("Pad", node.name, inputs: [slice, pads], output: node.name))
    return node.name
  }

  /// Appends a node's parameters as they are and returns their names.
  private mutating func constants(of index: Int) -> [String] {
    (parameters[index] ?? []).map { parameter in
      network.constants.append(ONNXConstant(parameter.name, model.parameter(parameter.name)))
      return parameter.name
    }
  }

  /// Appends the weights and biases of a convolution that does the work of the batch norm after it.
  private mutating func foldedConstants(convolution: Int, norm: Int) -> [String] {
    let name = model.graph.nodes[convolution].name
    let folded = model.folded(convolution: convolution, norm: norm)
    network.constants.append(ONNXConstant(name + ".weight", folded.weight))
    network.constants.append(ONNXConstant(name + ".bias", folded.bias))
    return [name + ".weight", name + ".bias"]
  }
}

extension ONNXStep {
  fileprivate init(
    _ kind: String, _ name: String, inputs: [String], output: String, _ attributes: [ONNXAttribute] = []
  ) {
    self.init()
    self.operator = kind
    self.name = name
    self.inputs = inputs
    outputs = [output]
    self.attributes = attributes
  }
}

extension Convolution {
  fileprivate var attributes: [ONNXAttribute] {
    [
      .integers("kernel_shape", kernel, count: 2), .integers("strides", stride, count: 2),
      .integers("pads", padding, count: 4), .integers("dilations", dilation, count: 2),
      .integer("group", groups),
    ]
  }
}

extension Pool {
  fileprivate var attributes: [ONNXAttribute] {
    [
      .integers("kernel_shape", kernel, count: 2), .integers("strides", stride, count: 2),
      .integers("pads", padding, count: 4),
    ]
  }
}
