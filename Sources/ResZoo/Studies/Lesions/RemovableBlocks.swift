import ModelDescriptor
import ResNetGraph
public import ResNetModel
import TensorCore

/// The blocks of a network that can be left out, and the network without some of them.
///
/// A block with a shortcut becomes its shortcut, and what follows the sum: the last numbers of its branch become 0. In a plain network a
/// block is taken away, which only one can be whose output has the shape of its input.
public struct RemovableBlocks: Sendable {
  /// A block, and whether it can be left out.
  public struct Block: Hashable, Sendable {
    /// The block's path, for example `layer1.0`.
    public let path: String
    /// The reason why it cannot be left out; nil if it can be.
    public let obstacle: String?
  }

  /// The network.
  public let model: Model
  /// All of its blocks, in the order in which they run.
  public let blocks: [Block]
  /// True for a network without shortcuts.
  public var isPlain: Bool { model.descriptor.architecture.shortcut == .none }
  /// The paths of the blocks that can be left out, in the order in which they run.
  public var paths: [String] { blocks.filter { $0.obstacle == nil }.map(\.path) }

  /// Looks at the blocks of a network.
  ///
  /// - Complexity: O(blocks · nodes) for a plain network.
  public init(_ model: Model) {
    self.model = model
    let graph = model.graph
    let isPlain = model.descriptor.architecture.shortcut == .none
    blocks = graph.blocks.map { block in
      let isRemovable =
        isPlain
        ? ShortenedNetwork(graph, without: [block.path]) != nil : graph.branchEnd(of: block) != nil
      return Block(
        path: block.path,
        obstacle: isRemovable
          ? nil : isPlain ? "the block changes the shape" : "its branch does not end in weights")
    }
  }

  /// The network without some of its blocks.
  ///
  /// - Parameter paths: paths of blocks.
  /// - Returns: nil when some of them cannot be left out, or not all of them together.
  /// - Throws: ``ModelError``.
  /// - Complexity: O(number of weights).
  public func model(without paths: Set<String>) throws(ModelError) -> Model? {
    guard !paths.isEmpty else { return model }
    guard paths.isSubset(of: self.paths) else { return nil }
    return isPlain ? try shortened(without: paths) : try silenced(paths)
  }

  /// The network with the branches of blocks silenced.
  private func silenced(_ paths: Set<String>) throws(ModelError) -> Model? {
    let graph = model.graph
    let ends = Set(graph.blocks.filter { paths.contains($0.path) }.compactMap(graph.branchEnd))
    guard ends.count == paths.count else { return nil }
    var tensors = storedTensors
    for parameter in graph.parameters where ends.contains(parameter.node) && parameter.role.isTrainable {
      // Layers that compute with integers take no other zeros.
      let type: ElementType = model.tensors.storedType(of: parameter.name) == .int8 ? .int8 : .float32
      tensors[parameter.name] = Tensor(
        shape: parameter.shape, elementType: type,
        buffer: AlignedBuffer(byteCount: type.byteCount(of: parameter.shape)))
    }
    return try Model(descriptor: model.descriptor.withoutHistory, parameters: tensors)
  }

  /// The tensors as a file stores them, so that those of integers stay so.
  private var storedTensors: [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: model.graph.parameters.map { parameter in
        (parameter.name, model.tensors.stored(parameter.name) ?? model.parameter(parameter.name))
      })
  }

  /// The plain network with fewer blocks.
  private func shortened(without paths: Set<String>) throws(ModelError) -> Model? {
    guard let short = ShortenedNetwork(model.graph, without: paths) else { return nil }
    var descriptor = model.descriptor.withoutHistory
    descriptor.architecture = short.architecture
    var tensors: [String: Tensor] = [:]
    for (name, tensor) in storedTensors {
      if let name = short.name(of: name) { tensors[name] = tensor }
    }
    return try Model(descriptor: descriptor, parameters: tensors)
  }
}

extension Graph {
  /// The node whose weights and bias make the branch of a block 0 when they are 0: the last norm, or what comes before a norm without
  /// weights, or the last convolution. Attention behind it only multiplies. Nil where there is none.
  fileprivate func branchEnd(of block: GraphBlock) -> Int? {
    var node = block.branch
    while block.nodes.contains(node) {
      switch nodes[node].operation {
      // Standardised, weights of 0 are 0 divided by the root of the constant.
      case .convolution(let convolution): return convolution.standardization == 0 ? nil : node
      case .batchNormalization: return node
      // The norm of zeros is 0, as its divisor is not.
      case .groupNormalization(let norm) where norm.isAffine: return node
      case .groupNormalization, .scale: node = nodes[node].inputs[0]
      default: return nil
      }
    }
    return nil
  }
}

extension ModelDescriptor {
  /// The descriptor without what is true of the whole network alone.
  fileprivate var withoutHistory: ModelDescriptor {
    var descriptor = self
    descriptor.trace = nil
    descriptor.temperature = nil
    descriptor.sourceNames = nil
    return descriptor
  }
}
