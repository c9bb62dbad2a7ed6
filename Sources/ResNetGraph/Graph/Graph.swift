public import ModelDescriptor
public import TensorCore

/// One operation of the network.
public struct Node: Hashable, Sendable {
  /// The node's path; its parameters' names begin with it. For example `layer1.0.conv1`.
  public let name: String
  /// Its work.
  public let operation: Operation
  /// Indices of the nodes whose outputs this one reads; each is smaller than the node's own.
  public let inputs: [Int]
}

/// One tensor that a network needs.
public struct Parameter: Hashable, Sendable {
  /// The purpose of a tensor.
  public enum Role: Hashable, Sendable {
    case weight
    case bias
    case runningMean
    case runningVariance

    /// True if training changes it by gradient; running statistics are not counted as parameters.
    public var isTrainable: Bool { self == .weight || self == .bias }
  }

  /// The path, for example `layer1.0.conv1.weight`, as torchvision has it.
  public let name: String
  /// PyTorch's shape of the tensor.
  public let shape: Shape
  /// Its purpose.
  public let role: Role
  /// Index of the node that it belongs to.
  public let node: Int
  /// The numbers that it has in an untrained network.
  package let initialization: Initialization
}

/// The network that an architecture expands to: nodes in an order in which they can run, the first one being the
/// input and the last one the logits.
public struct Graph: Hashable, Sendable {
  /// The architecture that was expanded.
  public let architecture: Architecture
  /// The nodes, in an order in which they can run.
  public let nodes: [Node]
  /// All tensors of the network in the order of its nodes.
  public let parameters: [Parameter]
  /// The nodes after the global pooling: the head.
  public let head: Range<Int>

  /// Most numbers in the tensors of a network: 2^32, or 16 GiB of float32. With ``inputSideLimit`` it keeps
  /// ``multiplyAdds(height:width:)`` below 2^60.
  public static let elementLimit = 1 << 32

  /// Expands an architecture.
  ///
  /// - Throws: ``DescriptorError`` when the architecture is not sound, has more than ``elementLimit`` numbers, leaves
  ///   nothing of the images that it is made for, or has a quantization of other layers than its own.
  /// - Complexity: O(number of blocks).
  public init(_ architecture: Architecture) throws(DescriptorError) {
    try architecture.validate()
    var builder = GraphBuilder(architecture)
    try builder.build()
    self.architecture = architecture
    nodes = builder.nodes
    head = builder.headStart..<nodes.count
    parameters = nodes.enumerated().flatMap { index, node in
      node.operation.definition.parameters.map { definition in
        Parameter(
          name: "\(node.name).\(definition.suffix)", shape: definition.shape, role: definition.role,
          node: index,
          initialization: definition.initialization)
      }
    }
    // At most 2^12 blocks of tensors of less than 2^36 elements each.
    let elementCount = parameters.reduce(0) { $0 + $1.shape.elementCount }
    guard elementCount <= Self.elementLimit else {
      throw DescriptorError(
        .outOfRange, field: "stages",
        "a network of \(elementCount) weights; at most \(Self.elementLimit) are supported")
    }
    try requireRoom()
    try validateQuantization()
  }

  /// The count of trainable numbers: weights and biases, without the running statistics.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role.isTrainable ? $1.shape.elementCount : 0) }
  }
}
