public import ModelDescriptor
import Platform
package import ResNetGraph
package import TensorCore

extension Model {
  /// The distribution of the weights of an untrained network's convolutions.
  public enum Initialization: String, Hashable, Sendable, Codable, CaseIterable {
    /// Normal, of deviation sqrt(2 / fan-out), for layers with ReLU behind them (He et al. 2015, "Delving Deep into Rectifiers").
    case kaiming
    /// Uniform, within sqrt(6 / (fan-in + fan-out)), for layers that are about linear (Glorot and Bengio 2010).
    case xavier
  }

  /// An untrained network, initialised as torchvision does it: convolutions from a normal distribution of deviation
  /// sqrt(2 / fan-out) (He et al. 2015), batch norms to the identity, linear layers uniformly within 1 / sqrt(inputs).
  ///
  /// The same seed gives the same weights.
  ///
  /// - Parameters:
  ///   - initialization: the distribution of the convolutions' weights; nothing else depends on it.
  ///   - zeroInitLast: true if the last norm of each residual branch starts at 0, so that the block is an
  ///     identity (Goyal et al. 2017); in pre-activation blocks the last convolution.
  /// - Throws: ``ModelError/descriptor(_:)`` when the architecture is not sound, is quantized, cannot run, or is too
  ///   large for the machine's memory.
  public init(
    untrained architecture: Architecture, preprocessing: Preprocessing? = nil, labels: [String]? = nil,
    initialization: Initialization = .kaiming, zeroInitLast: Bool = false, seed: UInt64
  ) throws(ModelError) {
    guard architecture.quantization == nil else {
      throw .descriptor(
        DescriptorError(
          .contradiction, field: "quantization", "random weights are no 8-bit integers; leave it out"))
    }
    let graph: Graph
    do {
      graph = try Graph(architecture)
    } catch {
      throw .descriptor(error)
    }
    let byteCount = graph.parameters.reduce(0) { $0 + $1.shape.elementCount } * MemoryLayout<Float>.size
    guard byteCount < Machine.memoryByteCount else {
      throw .descriptor(
        DescriptorError(
          .outOfRange, field: "stages",
          "weights of \(byteCount >> 20) MiB; this machine has \(Machine.memoryByteCount >> 20) MiB"))
    }
    var generator = SplitMix64(seed: seed)
    var tensors: [String: Tensor] = [:]
    let ends = zeroInitLast ? graph.residualEnds : []
    for parameter in graph.parameters {
      let isZero = parameter.role == .weight && ends.contains(parameter.node)
      tensors[parameter.name] =
        isZero
        ? .zeros(of: parameter.shape) : parameter.initialValue(initialization, using: &generator)
    }
    try self.init(
      descriptor: ModelDescriptor(
        architecture: architecture,
        preprocessing: preprocessing ?? Preprocessing.usual(for: architecture).record, labels: labels,
        origin: Origin(kind: .untrained, seed: seed)),
      parameters: tensors)
    provenance = zeroInitLast || initialization != .kaiming ? nil : .drawn
  }
}

extension Graph {
  /// Untrained tensors for some of the parameters, by name.
  package func initialTensors(
    seed: UInt64, where isWanted: (Parameter) -> Bool
  ) -> [String: Tensor] {
    var generator = SplitMix64(seed: seed)
    var tensors: [String: Tensor] = [:]
    for parameter in parameters where isWanted(parameter) {
      tensors[parameter.name] = parameter.initialValue(.kaiming, using: &generator)
    }
    return tensors
  }
}

extension Tensor {
  fileprivate static func zeros(of shape: Shape) -> Tensor {
    Tensor(shape: shape, elementType: .float32, buffer: AlignedBuffer(floatCount: shape.elementCount))
  }
}

extension Graph {
  /// The nodes with weights that end the residual branches.
  fileprivate var residualEnds: Set<Int> {
    Set(
      nodes.filter { $0.operation == .add }.map { node in
        let end = node.inputs[0]
        return nodes[end].operation == .scale ? nodes[end].inputs[0] : end
      })
  }
}

extension Parameter {
  fileprivate func initialValue(
    _ initialization: Model.Initialization, using generator: inout SplitMix64
  ) -> Tensor {
    let count = shape.elementCount
    var values = AlignedBuffer(floatCount: count, uninitialized: true)
    var span = values.mutableFloats
    let distribution = initialization == .xavier ? self.initialization.asXavier(shape) : self.initialization
    switch distribution {
    case .zeros: for index in 0..<count { span[index] = 0 }
    case .ones: for index in 0..<count { span[index] = 1 }
    case .normal(let deviation): generator.fillNormal(&span, deviation: deviation)
    case .uniform(let bound):
      for index in 0..<count { span[index] = (2 * generator.nextUniform() - 1) * bound }
    }
    return Tensor(shape: shape, elementType: .float32, buffer: values)
  }
}

extension Initialization {
  /// Glorot and Bengio's in place of a normal distribution, which only convolutions have. As PyTorch counts them, the inputs and
  /// outputs of a weight of a convolution are those of its own group.
  ///
  /// - Parameter shape: [outputs, inputs, …].
  fileprivate func asXavier(_ shape: Shape) -> Initialization {
    guard case .normal = self, shape.dimensions.count >= 2 else { return self }
    let taps = shape.dimensions.dropFirst(2).reduce(1, *)
    let fans = (shape.dimensions[0] + shape.dimensions[1]) * taps
    return .uniform(bound: (6 / Float(max(fans, 1))).squareRoot())
  }
}

extension SplitMix64 {
  /// Box and Muller's transform of pairs of uniform numbers.
  fileprivate mutating func fillNormal(_ values: inout MutableSpan<Float>, deviation: Float) {
    var index = 0
    while index < values.count {
      let radius = (-2 * log(1 - nextUniform())).squareRoot() * deviation
      let angle = 2 * Float.pi * nextUniform()
      values[index] = radius * cos(angle)
      if index + 1 < values.count { values[index + 1] = radius * sin(angle) }
      index += 2
    }
  }
}
