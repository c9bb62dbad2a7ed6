import Files
import Messages
import ModelDescriptor
import ONNXInterpreter
import ResNetGraph
import TensorCore
import WeightFiles

/// The weights of a network that was recognised in an ONNX file, by the graph's names.
final class ONNXWeights: WeightSource {
  let network: ONNXNetwork
  let tensors: [SourceTensor]
  private let origins: [ONNXWeight]
  /// The integers of the layers that compute with them, by their places among the tensors.
  private let integers: [Int: ONNXIntegers]

  private var file: ONNXFile { network.source.file }
  var path: String { file.path }
  var byteCount: Int { file.byteCount }
  var metadata: [String: String] { file.metadata }
  var wholeFile: InputFile? { file.isWhole ? file.file : nil }
  var notes: [Remark] { network.notes }

  var container: String {
    let producer = file.producer.isEmpty ? "" : " by \(file.producer.printable)"
    return "an ONNX model\(producer), operator set \(file.operatorSet)"
  }

  /// - Throws: ``ImportError`` with `graph`, or a fault of the file.
  init(_ file: ONNXFile, dequantizing: Bool = false) throws(ImportError) {
    let network = try ONNXNetwork(file, dequantizing: dequantizing)
    let kept = Set((network.graph.architecture.quantization?.layers ?? []).map { $0 + ".weight" })
    var integers: [Int: ONNXIntegers] = [:]
    self.network = network
    var tensors: [SourceTensor] = []
    var origins: [ONNXWeight] = []
    for parameter in network.graph.parameters {
      guard let origin = network.weights[parameter.name] else {
        throw ImportError(.graph, file: file.path, "the graph has no constants for \(parameter.name)")
      }
      if kept.contains(parameter.name), let own = network.source.integers(of: origin) {
        integers[tensors.count] = own
        tensors.append(
          SourceTensor(
            name: parameter.name, shape: parameter.shape, type: "int8",
            byteCount: ElementType.int8.byteCount(of: parameter.shape)))
        origins.append(origin)
        continue
      }
      let constant = file.constant(origin)
      tensors.append(
        SourceTensor(
          name: parameter.name, shape: parameter.shape, type: constant?.type.scalar?.rawValue ?? "float32",
          byteCount: constant?.byteCount ?? 4 * parameter.shape.elementCount))
      origins.append(origin)
    }
    self.tensors = tensors
    self.origins = origins
    self.integers = integers
  }

  func read(_ index: Int) throws(WeightFileError) -> Tensor {
    let shape = tensors[index].shape
    if let integers = integers[index] { return try network.source.read(integers, shape: shape) }
    if var constant = file.constant(origins[index]) {
      try require(constant.shape.elementCount, index)
      constant.shape = shape
      return try file.read(constant)
    }
    return Tensor(shape: shape, floats: try computed(index))
  }

  func elements(_ index: Int) throws(WeightFileError) -> SourceElements {
    let shape = tensors[index].shape
    if var constant = file.constant(origins[index]) {
      try require(constant.shape.elementCount, index)
      constant.shape = shape
      return try file.elements(of: constant)
    }
    let floats = try computed(index)
    var buffer = AlignedBuffer(floatCount: floats.count, uninitialized: true)
    var span = buffer.mutableFloats
    for index in floats.indices { span[index] = floats[index] }
    return SourceElements(type: .float32, shape: shape, buffer: buffer)
  }

  private func require(_ count: Int, _ index: Int) throws(WeightFileError) {
    let tensor = tensors[index]
    guard count == tensor.shape.elementCount else {
      throw WeightFileError(
        .invalidTensor, file: path,
        "\(count) constants for \(tensor.name), which has \(tensor.shape.elementCount)")
    }
  }

  /// The elements of a tensor that follows from constants.
  private func computed(_ index: Int) throws(WeightFileError) -> [Float] {
    let count = tensors[index].shape.elementCount
    let floats = try floats(origins[index])
    if floats.count == 1 { return Array(repeating: floats[0], count: count) }
    try require(floats.count, index)
    return floats
  }

  private func floats(_ origin: ONNXWeight) throws(WeightFileError) -> [Float] {
    switch origin {
    case .value(let name):
      guard let floats = try network.source.interpreter.fold(name).floats else {
        throw WeightFileError(
          .invalidTensor, file: path, "'\(name.printable)' is not computed from constants")
      }
      return floats
    case .transposed(.value(let name)):
      let value = try network.source.interpreter.fold(name)
      guard let floats = value.floats, value.shape.count == 2 else {
        throw WeightFileError(.invalidTensor, file: path, "'\(name.printable)' is no matrix")
      }
      let (rows, columns) = (value.shape[0], value.shape[1])
      return (0..<columns).flatMap { column in (0..<rows).map { floats[$0 * columns + column] } }
    case .transposed(let other): return try floats(other)
    case .filled(let number): return [number]
    case .sum(let first, let second): return try join(first, second, +)
    case .difference(let first, let second): return try join(first, second, -)
    }
  }

  private func join(
    _ first: ONNXWeight, _ second: ONNXWeight, _ body: (Float, Float) -> Float
  ) throws(WeightFileError) -> [Float] {
    let (a, b) = (try floats(first), try floats(second))
    let count = max(a.count, b.count)
    guard [a, b].allSatisfy({ $0.count == 1 || $0.count == count }) else {
      throw WeightFileError(
        .invalidTensor, file: path, "constants of \(a.count) and \(b.count) numbers are joined")
    }
    return (0..<count).map { body(a[a.count == 1 ? 0 : $0], b[b.count == 1 ? 0 : $0]) }
  }
}

extension ONNXFile {
  /// The constant that a weight is as it lies in the file; nil for one that is computed.
  fileprivate func constant(_ origin: ONNXWeight) -> ONNXTensor? {
    guard case .value(let name) = origin, let tensor = constants[name], tensor.type.scalar?.elementType != nil
    else { return nil }
    return tensor
  }
}
