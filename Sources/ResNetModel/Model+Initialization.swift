public import ModelDescriptor
import ResNetGraph
import TensorCore

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

extension Model {
  /// An untrained network, initialised as torchvision does it: convolutions from a normal distribution of deviation
  /// sqrt(2 / fan-out) (He et al. 2015), batch norms to the identity, linear layers uniformly within 1 / sqrt(inputs).
  ///
  /// The same seed gives the same weights.
  ///
  /// - Throws: ``ModelError/descriptor(_:)`` when the architecture is not sound, cannot run, or is too
  ///   large for the machine's memory.
  public init(
    untrained architecture: Architecture, preprocessing: Preprocessing? = nil, labels: [String]? = nil,
    seed: UInt64
  ) throws(ModelError) {
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
    for parameter in graph.parameters {
      tensors[parameter.name] = graph.initialValue(of: parameter, using: &generator)
    }
    try self.init(
      descriptor: ModelDescriptor(
        architecture: architecture,
        preprocessing: preprocessing ?? Preprocessing.usual(for: architecture).record, labels: labels,
        origin: Origin(kind: .untrained, seed: seed)),
      parameters: tensors)
  }
}

extension Graph {
  fileprivate func initialValue(of parameter: Parameter, using generator: inout SplitMix64) -> Tensor {
    let count = parameter.shape.elementCount
    var values = AlignedBuffer(floatCount: count, uninitialized: true)
    var span = values.mutableFloats
    switch (nodes[parameter.node].operation, parameter.role) {
    case (.convolution(let convolution), _):
      let fanOut = convolution.outputChannels / convolution.groups * convolution.kernel * convolution.kernel
      generator.fillNormal(&span, deviation: (2 / Float(max(fanOut, 1))).squareRoot())
    case (.linear(let linear), _):
      let bound = 1 / Float(linear.inputs).squareRoot()
      for index in 0..<count { span[index] = (2 * generator.nextUniform() - 1) * bound }
    case (_, .weight), (_, .runningVariance):
      for index in 0..<count { span[index] = 1 }
    case (_, .bias), (_, .runningMean):
      for index in 0..<count { span[index] = 0 }
    }
    return Tensor(shape: parameter.shape, elementType: .float32, buffer: values)
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
