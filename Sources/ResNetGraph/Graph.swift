public import ModelDescriptor
public import TensorCore

/// One step of the network.
public struct Node: Hashable, Sendable {
  /// The node's path; its parameters' names begin with it. For example `layer1.0.conv1`.
  public let name: String
  /// What it computes.
  public let operation: Operation
  /// Indices of the nodes whose outputs this one reads; each is smaller than the node's own.
  public let inputs: [Int]
}

/// One tensor that a network needs.
public struct Parameter: Hashable, Sendable {
  /// What a tensor is for.
  public enum Role: Hashable, Sendable {
    case weight
    case bias
    case runningMean
    case runningVariance

    /// Whether training changes it by gradient; running statistics are not counted as parameters.
    public var isTrainable: Bool { self == .weight || self == .bias }
  }

  /// The path, for example `layer1.0.conv1.weight`, as torchvision has it.
  public let name: String
  /// PyTorch's shape of the tensor.
  public let shape: Shape
  /// What it is for.
  public let role: Role
  /// Index of the node that it belongs to.
  public let node: Int
}

/// The network that an architecture expands to: nodes in an order in which they can run, the first one being the
/// input and the last one the logits.
public struct Graph: Hashable, Sendable {
  /// What was expanded.
  public let architecture: Architecture
  /// The steps, in an order in which they can run.
  public let nodes: [Node]
  /// All tensors of the network in the order of its nodes.
  public let parameters: [Parameter]

  /// Most numbers in the tensors of a network: 2^32, or 16 GiB of float32. With ``inputSideLimit`` it keeps
  /// ``multiplyAdds(height:width:)`` below 2^60.
  public static let elementLimit = 1 << 32

  /// Expands an architecture.
  ///
  /// - Throws: ``DescriptorError`` when the architecture is not sound, has more than ``elementLimit`` numbers, or is one
  ///   that this version cannot run yet (``DescriptorError/Code/unsupported``, with the field that asks for it).
  /// - Complexity: O(number of blocks).
  public init(_ architecture: Architecture) throws(DescriptorError) {
    try architecture.validate()
    try architecture.requireRunnable()
    var builder = GraphBuilder(architecture)
    try builder.build()
    self.architecture = architecture
    nodes = builder.nodes
    parameters = nodes.enumerated().flatMap { index, node in node.parameters(index: index) }
    // At most 2^12 blocks of tensors of less than 2^36 elements each.
    let elementCount = parameters.reduce(0) { $0 + $1.shape.elementCount }
    guard elementCount <= Self.elementLimit else {
      throw DescriptorError(
        .outOfRange, field: "stages",
        "a network of \(elementCount) weights; at most \(Self.elementLimit) are supported")
    }
  }

  /// Number of trainable numbers: weights and biases, without the running statistics.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role.isTrainable ? $1.shape.elementCount : 0) }
  }
}

extension Architecture {
  /// - Throws: ``DescriptorError`` with ``DescriptorError/Code/unsupported`` for what no node computes yet.
  func requireRunnable() throws(DescriptorError) {
    func refuse(_ field: String, _ what: String) -> DescriptorError {
      DescriptorError(.unsupported, field: field, "this version cannot run \(what) yet")
    }
    if block.isPreactivation { throw refuse("block", "pre-activation blocks ('\(block.rawValue)')") }
    if shortcut == .averagePoolProjection {
      throw refuse("shortcut", "average pooling in shortcuts ('\(shortcut.rawValue)', ResNet-D)")
    }
    switch attention {
    case nil: break
    case .squeezeExcitation: throw refuse("attention", "squeeze-and-excitation ('se')")
    case .efficient: throw refuse("attention", "efficient channel attention ('eca')")
    }
  }
}

extension Node {
  /// The tensors of this node, in PyTorch's order.
  func parameters(index: Int) -> [Parameter] {
    func parameter(_ suffix: String, _ shape: Shape, _ role: Parameter.Role) -> Parameter {
      Parameter(name: "\(name).\(suffix)", shape: shape, role: role, node: index)
    }
    switch operation {
    case .convolution(let convolution):
      return [
        parameter(
          "weight",
          [
            convolution.outputChannels, convolution.inputChannels / convolution.groups, convolution.kernel,
            convolution.kernel,
          ], .weight)
      ]
    case .batchNormalization(let norm):
      return [
        parameter("weight", [norm.channels], .weight),
        parameter("bias", [norm.channels], .bias),
        parameter("running_mean", [norm.channels], .runningMean),
        parameter("running_var", [norm.channels], .runningVariance),
      ]
    case .linear(let linear):
      return [
        parameter("weight", [linear.outputs, linear.inputs], .weight),
        parameter("bias", [linear.outputs], .bias),
      ]
    case .input, .relu, .maxPool, .globalAveragePool, .add, .zeroPadShortcut:
      return []
    }
  }
}
