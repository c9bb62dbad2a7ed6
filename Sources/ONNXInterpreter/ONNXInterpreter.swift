import Messages
import TensorCore
import Threads
package import WeightFiles

/// Computes ONNX graphs node by node as ONNX's documents say, without any cleverness: a reference for networks that were made of
/// the same file.
package final class ONNXInterpreter {
  package let file: ONNXFile
  private let pool: WorkerPool
  /// The nodes that make each value.
  private let makers: [String: Int]

  /// Elements that may still be made of constants.
  private var foldingBudget: Int

  /// Most elements of a value, as images of 4096×4096 have.
  static let elementLimit = 1 << 28
  /// Most elements of a value for each of the input: 768 channels of color images.
  static let growthLimit = 256
  /// Most elements of a value that is computed to find out shapes.
  static let knownLimit = 4096
  /// Most elements of a constant that is read to find out shapes.
  static let smallLimit = 64
  /// Most elements of all values together that are computed to find out shapes.
  static let knownTotal = 1 << 20

  package init(_ file: ONNXFile, threads: Int = 0) {
    self.file = file
    pool = WorkerPool(threads: threads)
    foldingBudget = 64 * (min(file.byteCount, 1 << 40) + 1 << 20)
    makers = file.nodes.enumerated().reduce(into: [:]) { makers, entry in
      for output in entry.element.outputs where !output.isEmpty { makers[output] = entry.offset }
    }
  }

  /// The operators that are understood.
  package static func knows(_ node: ONNXNode) -> Bool {
    node.domain.isEmpty && operators[node.kind] != nil && !node.attributes.values.contains(where: \.isGraph)
  }

  /// Computes the extents of all values, and the elements of those that follow from small constants.
  ///
  /// - Parameters:
  ///   - nodes: the nodes that matter, in their order.
  ///   - inputs: the extents of the graph's inputs.
  /// - Throws: ``WeightFileError`` with `unsupportedGraph`.
  package func shapes(
    of nodes: [ONNXNode], inputs: [String: [Int]]
  ) throws(WeightFileError) -> [String: ONNXValue] {
    var values = inputs.mapValues { ONNXValue(shape: $0, .unknown) }
    for (name, tensor) in file.constants {
      values[name] = try constant(tensor, limit: Self.smallLimit)
    }
    var room = Self.knownTotal
    for node in nodes {
      // Nothing that extents follow from is made by a layer.
      let limit = Self.layersOfPixels.contains(node.kind) ? 0 : min(Self.knownLimit, room)
      let outputs = try run(
        node, values, elementLimit: Self.elementLimit, knownLimit: limit, constantLimit: Self.smallLimit)
      for (name, value) in zip(node.outputs, outputs) where !name.isEmpty {
        values[name] = value
        room = max(room - value.knownCount, 0)
      }
    }
    return values
  }

  /// The layers whose work is more than their elements; no constant of a network is made by one.
  private static let layersOfPixels: Set<String> = ["Conv", "MaxPool", "AveragePool", "Gemm", "MatMul"]

  /// Computes the elements of a value that follows from constants alone. All such work together is bounded by the file's size.
  ///
  /// - Throws: ``WeightFileError`` with `unsupportedGraph`.
  package func fold(_ name: String) throws(WeightFileError) -> ONNXValue {
    // Constants are at most as large as the file, and so is whatever a ResNet makes of them, widened.
    let limit = min(Self.elementLimit, file.byteCount + 4096)
    var order: [Int] = []
    var pending = [name]
    var seen: Set<Int> = []
    while let next = pending.popLast() {
      guard let maker = makers[next], seen.insert(maker).inserted else { continue }
      order.append(maker)
      pending += file.nodes[maker].inputs
    }
    order.sort()
    let lastReader = lastReaders(of: order)
    var values: [String: ONNXValue] = [:]
    /// Elements that are in memory.
    var kept = 0
    func keep(_ value: ONNXValue, _ input: String, _ reader: String) throws(WeightFileError) {
      foldingBudget -= value.count + 1
      kept += value.knownCount
      guard foldingBudget > 0, kept <= 4 * limit else { throw needless(reader) }
      values[input] = value
    }
    func read(_ input: String, _ reader: String) throws(WeightFileError) {
      if !input.isEmpty, values[input] == nil, let tensor = file.constants[input] {
        try keep(try constant(tensor, limit: .max), input, reader)
      }
    }
    try read(name, "'\(name.printable)'")
    for index in order {
      let node = file.nodes[index]
      guard !Self.layersOfPixels.contains(node.kind) else { throw needless("the node \(node.label)") }
      for input in node.inputs { try read(input, "the node \(node.label)") }
      let outputs = try run(node, values, elementLimit: limit, knownLimit: limit, constantLimit: .max)
      for (name, value) in zip(node.outputs, outputs) where !name.isEmpty {
        try keep(value, name, "the node \(node.label)")
      }
      for input in node.inputs where input != name && lastReader[input] == index {
        kept -= values[input]?.knownCount ?? 0
        values[input] = nil
      }
    }
    guard let value = values[name] else {
      throw WeightFileError(
        .unsupportedGraph, file: file.path, "'\(name.printable)' does not follow from constants alone")
    }
    return value
  }

  private func needless(_ reader: String) -> WeightFileError {
    WeightFileError(
      .unsupportedGraph, file: file.path,
      "\(reader) computes constants in a way that no residual network needs; export the network with its constants folded"
    )
  }

  /// The last of some nodes that reads each value.
  private func lastReaders(of order: [Int]) -> [String: Int] {
    var last: [String: Int] = [:]
    for index in order { for input in file.nodes[index].inputs { last[input] = index } }
    return last
  }

  /// A way to treat values that the graph rounds to a few bits.
  package enum Rounding: Sendable {
    case asTheGraphSays
    /// They stay as they are, but those that become the named integers stay no less than 0.
    case none(rectifying: Set<String>)
  }

  /// Computes a value for the given inputs. Each value is kept until its last reader has run.
  ///
  /// - Parameter rounding: the way in which values are rounded where the graph does so; constants are rounded all the same.
  /// - Throws: ``WeightFileError`` with `unsupportedGraph`.
  /// - Complexity: as the network's own; the memory of one layer's weights and of the values that are needed at once.
  package func run(
    inputs: [String: ONNXValue], output: String, rounding: Rounding = .asTheGraphSays
  ) throws(WeightFileError) -> ONNXValue {
    var needed: Set<Int> = []
    var pending = [output]
    while let next = pending.popLast() {
      guard let maker = makers[next], needed.insert(maker).inserted else { continue }
      pending += file.nodes[maker].inputs
    }
    let order = needed.sorted()
    let lastReader = lastReaders(of: order)
    let inputCount = inputs.values.reduce(0) { $0 + $1.shape.reduce(1, *) }
    let limit = min(Self.elementLimit, Self.growthLimit * inputCount + file.byteCount)
    var values = inputs
    var activations = Set(inputs.keys)
    for index in order {
      let node = file.nodes[index]
      if node.inputs.contains(where: activations.contains) {
        activations.formUnion(node.outputs.filter { !$0.isEmpty })
        if case .none(let rectifying) = rounding,
          node.kind == "QuantizeLinear" || node.kind == "DequantizeLinear", let name = node.outputs.first,
          let value = node.inputs.first.flatMap({ values[$0] })
        {
          values[name] = rectifying.contains(name) ? value.rectified : value
          continue
        }
      }
      for input in node.inputs where values[input] == nil {
        if let tensor = file.constants[input] { values[input] = try constant(tensor, limit: .max) }
      }
      let outputs = try run(node, values, elementLimit: limit, knownLimit: limit, constantLimit: .max)
      for (name, value) in zip(node.outputs, outputs) where !name.isEmpty { values[name] = value }
      for input in node.inputs where input != output && lastReader[input] == index { values[input] = nil }
    }
    guard let value = values[output] else {
      throw WeightFileError(.unsupportedGraph, file: file.path, "nothing makes '\(output.printable)'")
    }
    return value
  }

  // MARK: One node

  private func run(
    _ node: ONNXNode, _ values: [String: ONNXValue], elementLimit: Int, knownLimit: Int, constantLimit: Int
  ) throws(WeightFileError) -> [ONNXValue] {
    do throws(ONNXFault) {
      guard node.domain.isEmpty, let compute = Self.operators[node.kind] else {
        throw ONNXFault("is no operator that is understood")
      }
      if node.kind == "Constant" { return [try constant(node, limit: constantLimit)] }
      var inputs: [ONNXValue?] = []
      for name in node.inputs {
        if name.isEmpty {
          inputs.append(nil)
          continue
        }
        guard let value = values[name] else { throw ONNXFault("reads '\(name)', which is not known") }
        inputs.append(value)
      }
      var fill: ONNXValue?
      if node.kind == "ConstantOfShape", case .tensor(let tensor) = node.attributes["value"] {
        fill = try constant(tensor, for: node, limit: 1)
      }
      return try compute(
        ONNXCall(
          node: node, inputs: inputs, operatorSet: file.operatorSet, pool: pool, elementLimit: elementLimit,
          knownLimit: knownLimit, quantizedType: quantizedType(node), fill: fill))
    } catch {
      throw WeightFileError(
        .unsupportedGraph, file: file.path, "the node \(node.label) \(error.message.printable)")
    }
  }

  /// The type of the integers that a QuantizeLinear makes or a DequantizeLinear reads, as its zero point has it, or ONNX's usual one;
  /// nil where it is computed.
  package func quantizedType(_ node: ONNXNode) -> ONNXType? {
    guard node.kind == "QuantizeLinear" || node.kind == "DequantizeLinear" else { return nil }
    guard let zero = node.input(2) else {
      if node.kind == "DequantizeLinear", let own = node.input(0) {
        if let tensor = file.constants[own] { return tensor.type }
        return makers[own].flatMap { maker in
          file.nodes[maker].kind == "QuantizeLinear" ? quantizedType(file.nodes[maker]) : nil
        }
      }
      return node.integer("output_dtype").map { ONNXType(rawValue: $0) } ?? .uint8
    }
    if let tensor = file.constants[zero] { return tensor.type }
    if let maker = makers[zero], case .tensor(let tensor) = file.nodes[maker].attributes["value"] {
      return tensor.type
    }
    return nil
  }

  private func constant(_ tensor: ONNXTensor, limit: Int) throws(WeightFileError) -> ONNXValue {
    let shape = tensor.shape.dimensions
    guard ONNXValue.isSound(shape, limit: max(Self.elementLimit, file.byteCount)) else {
      throw WeightFileError(
        .invalidTensor, file: file.path, "the constant '\(tensor.name.printable)' has the extents \(shape)")
    }
    guard tensor.shape.elementCount <= limit, tensor.type.scalar != nil else {
      return ONNXValue(shape: shape, .unknown)
    }
    if let integers = try file.integers(of: tensor) { return ONNXValue(shape: shape, .integers(integers)) }
    let floats = try file.read(tensor).widened().floats
    return ONNXValue(shape: shape, .floats(unsafe floats.withUnsafeBufferPointer { unsafe Array($0) }))
  }

  private func constant(_ tensor: ONNXTensor, for node: ONNXNode, limit: Int) throws(ONNXFault) -> ONNXValue {
    do { return try constant(tensor, limit: limit) } catch {
      throw ONNXFault("has a constant of which \(error.remark)")
    }
  }

  /// The value of a node of the kind Constant.
  private func constant(_ node: ONNXNode, limit: Int) throws(ONNXFault) -> ONNXValue {
    if case .tensor(let tensor) = node.attributes["value"] {
      return try constant(tensor, for: node, limit: limit)
    }
    if let value = node.float("value_float") { return ONNXValue(shape: [], .floats([value])) }
    if let value = node.integer("value_int") { return ONNXValue(shape: [], .integers([value])) }
    if let values = node.integers("value_ints") { return ONNXValue(shape: [values.count], .integers(values)) }
    if case .floats(let values) = node.attributes["value_floats"] {
      return ONNXValue(shape: [values.count], .floats(values))
    }
    throw ONNXFault("has no value that is understood")
  }
}

extension ONNXAttribute {
  fileprivate var isGraph: Bool { if case .graph = self { true } else { false } }
}
