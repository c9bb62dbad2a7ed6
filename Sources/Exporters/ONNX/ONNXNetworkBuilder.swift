import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

/// Turns a model's nodes into ONNX operators, in the graph's order. A node's output has the node's name, but for the
/// last one; the operators before a node's last one, and the constants that no parameter is, have names that begin with it.
struct ONNXNetworkBuilder {
  static let inputName = "input"
  static let outputName = "logits"

  let model: Model
  /// The batch norm that goes into each convolution, by their nodes.
  private let folds: [Int: Int]
  /// Each node's parameters.
  private let parameters: [Int: [Parameter]]
  /// Channels of each node's output.
  let channels: [Int]
  private(set) var network = ONNXNetwork()
  /// Each node's output.
  private var values: [String] = []
  /// The nodes whose output is [N, C]; that of the others is [N, C, H, W].
  private var flat: Set<Int> = []
  /// The flattened outputs of nodes that are not flat themselves.
  private var flattenedValues: [Int: String] = [:]

  /// - Throws: ``ExportError/descriptor(_:)`` when the network cannot take the images that it is made for.
  init(_ model: Model, folding: Bool) throws(ExportError) {
    self.model = model
    parameters = Dictionary(grouping: model.graph.parameters, by: \.node)
    folds =
      folding ? model.graph.foldableNorms.filter { model.canFold(convolution: $0.key, norm: $0.value) } : [:]
    do {
      channels = try model.graph.shapes().map(\.channels)
    } catch {
      throw .descriptor(error.description)
    }
  }

  mutating func build() {
    for index in model.graph.nodes.indices { values.append(rounded(append(index), of: index)) }
    if endsInFeatures {
      network.steps.append(
        ONNXStep("Flatten", Self.outputName, inputs: [values[values.count - 1]], output: Self.outputName, []))
    }
  }

  /// True if the network has no head: its last node puts out maps of one pixel.
  private var endsInFeatures: Bool { model.descriptor.architecture.head == .none }

  /// Appends the operators of a node, whose inputs are there, and returns the name of its output.
  private mutating func append(_ index: Int) -> String {
    let node = model.graph.nodes[index]
    switch node.operation {
    case .input: return Self.inputName
    case .convolution(let convolution):
      return step("Conv", index, constants(ofConvolution: index), convolution.attributes)
    case .batchNormalization(let norm):
      if folds[node.inputs[0]] == index { return values[node.inputs[0]] }
      return step("BatchNormalization", index, constants(of: index), [.float("epsilon", norm.epsilon)])
    case .groupNormalization(let norm): return groupNormalization(norm, index)
    case .relu: return activation("Relu", index)
    case .sigmoid: return activation("Sigmoid", index)
    case .maxPool(let pool): return maxPool(pool, index)
    case .averagePool(let pool): return step("AveragePool", index, [], pool.attributes)
    case .blur(let blur): return self.blur(blur, index)
    case .globalAveragePool: return step("GlobalAveragePool", index)
    case .globalMaxPool: return step("GlobalMaxPool", index)
    case .linear(let linear): return self.linear(linear, index)
    case .channelConvolution(let convolution): return channelConvolution(convolution, index)
    case .add: return step("Add", index)
    case .mean: return step("Mean", index)
    case .concatenate: return step("Concat", index, [], [.integer("axis", 1)])
    case .scale: return scale(index)
    case .zeroPadShortcut(let shortcut): return zeroPadShortcut(shortcut, index)
    }
  }

  // MARK: What the operators are made of

  func name(of index: Int) -> String { model.graph.nodes[index].name }

  /// The output of a node's input.
  func input(_ position: Int = 0, of index: Int) -> String {
    values[model.graph.nodes[index].inputs[position]]
  }

  /// Appends the operator of a node, which reads the outputs of the node's inputs, then constants.
  mutating func step(
    _ kind: String, _ index: Int, _ constants: [String] = [], _ attributes: [ONNXAttribute] = []
  ) -> String {
    step(kind, index, reading: model.graph.nodes[index].inputs.map { values[$0] } + constants, attributes)
  }

  /// Appends the last operator of a node, with all that it reads.
  mutating func step(
    _ kind: String, _ index: Int, reading inputs: [String], _ attributes: [ONNXAttribute] = []
  ) -> String {
    let name = model.graph.nodes[index].name
    let isLast = index == model.graph.nodes.count - 1 && !endsInFeatures
    let output = isLast ? Self.outputName : name
    network.steps.append(ONNXStep(kind, name, inputs: inputs, output: output, attributes))
    return output
  }

  /// Appends an operator that is not a node's last one, and returns the name of its output, which is its own.
  mutating func step(
    _ kind: String, named name: String, reading inputs: [String], _ attributes: [ONNXAttribute] = []
  ) -> String {
    network.steps.append(ONNXStep(kind, name, inputs: inputs, output: name, attributes))
    return name
  }

  /// Appends a constant and returns its name.
  mutating func constant(_ constant: ONNXConstant) -> String {
    network.constants.append(constant)
    return constant.name
  }

  /// Appends a constant and returns its name.
  mutating func constant(_ name: String, _ tensor: Tensor) -> String {
    network.constants.append(ONNXConstant(name, tensor))
    return name
  }

  /// Appends a list of integers and returns its name.
  mutating func constant(_ name: String, _ integers: [Int]) -> String {
    network.constants.append(ONNXConstant(name, integers.map { Int64($0) }))
    return name
  }

  /// Appends a node's parameters as they are and returns their names.
  mutating func constants(of index: Int) -> [String] {
    (parameters[index] ?? []).map { parameter in
      integers(of: parameter, index) ?? constant(parameter.name, model.parameter(parameter.name))
    }
  }

  /// Appends a layer's weights as integers; nil for a parameter of real numbers.
  private mutating func integers(of parameter: Parameter, _ index: Int) -> String? {
    guard parameter.role == .weight, let weights = model.scaledIntegers(ofLayer: name(of: index)) else {
      return nil
    }
    return integerConstant(parameter.name, parameter.shape, weights)
  }

  /// Appends the weights and biases with which a convolution computes, those of the batch norm after it included if that is
  /// folded, and returns their names.
  private mutating func constants(ofConvolution index: Int) -> [String] {
    let name = model.graph.nodes[index].name
    if let norm = folds[index] {
      if let folded = model.foldedIntegers(convolution: index, norm: norm) {
        let shape = model.parameter(name + ".weight").shape
        return [
          integerConstant(name + ".weight", shape, folded.weights), constant(name + ".bias", folded.bias),
        ]
      }
      let folded = model.folded(convolution: index, norm: norm)
      return [constant(name + ".weight", folded.weight), constant(name + ".bias", folded.bias)]
    }
    return (parameters[index] ?? []).map { parameter in
      integers(of: parameter, index)
        ?? constant(
          parameter.name,
          parameter.role == .weight ? model.weights(ofConvolution: index) : model.parameter(parameter.name))
    }
  }

  // MARK: Vectors and maps

  /// True if a node's output is [N, C].
  func isFlat(_ index: Int) -> Bool { flat.contains(index) }

  /// An operator that leaves the shape as it is.
  private mutating func activation(_ kind: String, _ index: Int) -> String {
    if flat.contains(model.graph.nodes[index].inputs[0]) { flat.insert(index) }
    return step(kind, index)
  }

  /// A linear layer with the weights of a convolution is one, [N, C, 1, 1] → [N, outputs, 1, 1]; any other is a product,
  /// [N, C] → [N, outputs].
  private mutating func linear(_ linear: Linear, _ index: Int) -> String {
    if linear.isConvolution {
      return step("Conv", index, constants(of: index), [.integers("kernel_shape", 1, count: 2)])
    }
    flat.insert(index)
    let input = flattened(model.graph.nodes[index].inputs[0])
    return step("Gemm", index, reading: [input] + constants(of: index), [.integer("transB", 1)])
  }

  /// A node's output as [N, C].
  private mutating func flattened(_ index: Int) -> String {
    if flat.contains(index) { return values[index] }
    if let value = flattenedValues[index] { return value }
    let value = step("Flatten", named: values[index] + ".flat", reading: [values[index]])
    flattenedValues[index] = value
    return value
  }
}

extension ONNXStep {
  fileprivate init(
    _ kind: String, _ name: String, inputs: [String], output: String, _ attributes: [ONNXAttribute]
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
