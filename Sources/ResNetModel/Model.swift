public import ModelDescriptor
public import ResNetGraph
public import TensorCore

/// A network with its weights: the content of a checkpoint, and all that inference or training needs.
///
/// Copies share the weights.
public struct Model: Sendable {
  /// The description of the network and of its origin.
  public let descriptor: ModelDescriptor
  /// The graph that the descriptor's architecture expands to.
  public let graph: Graph
  /// The tensors by name, one for each of the graph's parameters: as float32, and as a file stores them.
  public let tensors: WidenedTensors
  /// Where the weights come from; nil for those that were put together otherwise.
  package internal(set) var provenance: Provenance?

  /// The float32 tensors by name.
  public var parameters: [String: Tensor] { tensors.floats }

  /// Joins a descriptor and its tensors, which may be of any floating-point type or int8. A file of the model stores them as they
  /// are here.
  ///
  /// - Throws: as ``init(descriptor:tensors:)``.
  public init(descriptor: ModelDescriptor, parameters: [String: Tensor]) throws(ModelError) {
    try self.init(descriptor: descriptor, tensors: WidenedTensors(parameters))
  }

  /// Joins a descriptor and its tensors.
  ///
  /// - Throws: ``ModelError/descriptor(_:)`` when the architecture cannot run,
  ///   ``ModelError/parameters(_:)`` that lists every missing, extra, wrongly shaped or non-finite tensor, and those that must be
  ///   integers.
  /// - Complexity: O(number of weights), since each is looked at.
  public init(descriptor: ModelDescriptor, tensors: WidenedTensors) throws(ModelError) {
    let graph: Graph
    do { graph = try Graph(descriptor.architecture) } catch { throw .descriptor(error) }
    try self.init(descriptor: descriptor, graph: graph, tensors: tensors)
  }

  /// Joins a descriptor, its architecture's graph and its tensors.
  ///
  /// - Throws: as ``init(descriptor:tensors:)``.
  /// - Precondition: the graph is that of the descriptor's architecture.
  package init(descriptor: ModelDescriptor, graph: Graph, tensors: WidenedTensors) throws(ModelError) {
    precondition(graph.architecture == descriptor.architecture, "the graph of another architecture")
    do { try descriptor.validate() } catch { throw .descriptor(error) }
    self.graph = graph
    let mismatch = graph.mismatch(with: tensors)
    guard mismatch.isEmpty else { throw .parameters(mismatch) }
    self.descriptor = descriptor
    self.tensors = tensors
  }

  /// The float32 tensor of that name.
  ///
  /// - Precondition: it is the name of one of the graph's parameters.
  public func parameter(_ name: String) -> Tensor {
    guard let tensor = parameters[name] else { preconditionFailure("no parameter is named '\(name)'") }
    return tensor
  }
}

extension Graph {
  /// Compares the tensors that the network needs with the given ones.
  func mismatch(with tensors: WidenedTensors) -> ParameterMismatch {
    var mismatch = ParameterMismatch(architecture: architecture.name)
    let integers = integerWeights
    for parameter in parameters {
      guard let tensor = tensors.floats[parameter.name] else {
        mismatch.missing.append("\(parameter.name) \(parameter.shape)")
        continue
      }
      if tensor.shape != parameter.shape {
        mismatch.unsuitable.append("\(parameter.name) is \(tensor.shape), must be \(parameter.shape)")
      } else if tensor.elementType != .float32 {
        mismatch.unsuitable.append(
          "\(parameter.name) is stored as \(tensor.elementType.rawValue), must be a type of real numbers")
      } else if integers.contains(parameter.name), tensors.storedType(of: parameter.name) != .int8 {
        let type = tensors.storedType(of: parameter.name) ?? tensor.elementType
        mismatch.unsuitable.append(
          "\(parameter.name) is stored as \(type.rawValue), must be i8: its layer is one of the quantization's"
        )
      } else if let index = tensor.floats.firstNonFinite {
        mismatch.nonFinite.append("\(parameter.name) has \(tensor.floats[index]) at element \(index)")
      } else if parameter.role == .runningVariance, let index = tensor.floats.firstNegative {
        mismatch.unsuitable.append(
          "\(parameter.name) has \(tensor.floats[index]) at element \(index); a variance cannot be negative")
      }
    }
    let known = Set(parameters.map(\.name))
    mismatch.extra = tensors.floats.keys.filter { !known.contains($0) }.sorted()
    return mismatch
  }
}

extension Span<Float> {
  /// The first element that is NaN or infinite.
  fileprivate var firstNonFinite: Int? {
    // A sum of zeros times each element is NaN as soon as one element is not finite, and it vectorises.
    var sums = SIMD16<Float>()
    var index = 0
    unsafe withUnsafeBufferPointer { elements in
      while index + 16 <= elements.count {
        let base = unsafe UnsafeRawPointer(elements.baseAddress.unsafelyUnwrapped + index)
        sums += unsafe base.loadUnaligned(as: SIMD16<Float>.self) * 0
        index += 16
      }
    }
    let isSound = sums == SIMD16<Float>()
    let start = isSound ? index : 0
    return (start..<count).first { !self[$0].isFinite }
  }

  fileprivate var firstNegative: Int? {
    indices.first { self[$0] < 0 }
  }
}
