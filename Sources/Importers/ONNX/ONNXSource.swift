import Messages
import ONNXInterpreter
import TensorCore
import WeightFiles

/// The part of an ONNX file that leads from its images to its answer, and the extents of all values on the way.
struct ONNXSource {
  let file: ONNXFile
  let interpreter: ONNXInterpreter
  /// The names of the two ends.
  let input: String
  let output: String
  /// The nodes between them, in their order.
  let nodes: [ONNXNode]
  /// The extents of all values, and the elements of small ones that follow from constants.
  let values: [String: ONNXValue]
  /// The input's extents as the file has them, with those that are free filled in.
  let shape: [Int]
  /// True if the input has its channels last.
  let isChannelsLast: Bool
  /// Outputs that are not looked at.
  let otherOutputs: [String]

  var channels: Int { shape[isChannelsLast ? 3 : 1] }
  var height: Int { shape[isChannelsLast ? 1 : 2] }
  var width: Int { shape[isChannelsLast ? 2 : 3] }

  /// Height and width where the file leaves them free.
  private static let usualSide = 224

  /// - Throws: ``ImportError`` with `graph`, or a fault of the file.
  init(_ file: ONNXFile) throws(ImportError) {
    self.file = file
    interpreter = ONNXInterpreter(file)
    func refusal(_ why: Remark) -> ImportError { ImportError(.graph, file: file.path, why) }
    guard let first = file.outputs.first else { throw refusal("the graph has no output") }
    // An answer has a number for each class; features and maps beside it have other ranks.
    let answer = file.outputs.first { $0.dimensions?.count == 2 } ?? first
    output = answer.name
    otherOutputs = file.outputs.map(\.name).filter { $0 != answer.name }
    let nodes = file.nodesBefore(answer.name)
    self.nodes = nodes
    let rivals = file.outputs.filter {
      $0.name != answer.name && $0.dimensions?.count == 2 && file.isClassifier($0.name, beside: nodes)
    }
    guard rivals.isEmpty else {
      let names = ([answer.name] + rivals.map(\.name)).map { "'\($0.printable)'" }.joined(separator: ", ")
      throw refusal(
        "the graph has several outputs of linear layers, \(names), each of which may be the answer. Export the network with the one that is meant"
      )
    }
    try Self.requireKnown(nodes, file)
    let read = Set(nodes.flatMap(\.inputs))
    let inputs = file.inputs.filter { read.contains($0.name) }
    guard inputs.count == 1, let port = inputs.first, let dimensions = port.dimensions, dimensions.count == 4
    else {
      let given = inputs.map { "'\($0.name.printable)'" }.joined(separator: ", ")
      throw refusal(
        "the network reads \(inputs.isEmpty ? "nothing" : given); one input of images, with four extents, is needed"
      )
    }
    input = port.name
    let filters = Self.firstConvolution(nodes, file)
    let isLast = Self.isChannelsLast(dimensions, nodes, input: port.name)
    let (channelAxis, rowAxis, columnAxis) = isLast ? (3, 1, 2) : (1, 2, 3)
    var shape = [1, 1, 1, 1]
    shape[0] = dimensions[0] ?? 1
    shape[channelAxis] = dimensions[channelAxis] ?? filters ?? 3
    shape[rowAxis] = dimensions[rowAxis] ?? dimensions[columnAxis] ?? Self.usualSide
    shape[columnAxis] = dimensions[columnAxis] ?? shape[rowAxis]
    guard shape[0] <= 64, shape[channelAxis] <= 4096, shape[rowAxis] <= 4096, shape[columnAxis] <= 4096 else {
      throw refusal("the network reads images of extents \(shape), larger than any that are read here")
    }
    self.shape = shape
    isChannelsLast = isLast
    do {
      values = try interpreter.shapes(of: nodes, inputs: [port.name: shape])
    } catch {
      throw ImportError(error)
    }
  }

  /// Names all operators at once that no residual network here has.
  private static func requireKnown(_ nodes: [ONNXNode], _ file: ONNXFile) throws(ImportError) {
    var unknown: [(kind: String, label: String, count: Int)] = []
    for node in nodes where !ONNXInterpreter.knows(node) {
      if let index = unknown.firstIndex(where: { $0.kind == node.fullKind }) {
        unknown[index].count += 1
      } else if unknown.count < 64 {
        unknown.append((node.fullKind, node.label, 1))
      }
    }
    guard !unknown.isEmpty else { return }
    let list = unknown.prefix(12).map { kind, label, count in
      count == 1 ? "\(label)" : "\(label) and \(count - 1) more of its kind"
    }
    let rest = unknown.count > 12 ? ", and \(unknown.count - 12) further kinds" : ""
    throw ImportError(
      .graph, file: file.path,
      "this is no residual network that can be described: of its \(nodes.count) nodes these are no layers of one (operator set \(file.operatorSet)): \(list.joined(separator: ", "))\(rest)"
    )
  }

  /// The number of weights that are made of integers and scales.
  func dequantizedCount(_ weights: some Sequence<ONNXWeight>) -> Int {
    let made = Set(nodes.filter { $0.kind == "DequantizeLinear" }.compactMap(\.outputs.first))
    return weights.count { weight in
      switch weight {
      case .value(let name), .transposed(.value(let name)): made.contains(name)
      case .transposed, .filled, .sum, .difference: false
      }
    }
  }

  /// Channels that the first convolution reads.
  private static func firstConvolution(_ nodes: [ONNXNode], _ file: ONNXFile) -> Int? {
    guard let first = nodes.first(where: { $0.kind == "Conv" }), let name = first.input(1),
      let weights = file.constants[name]?.shape.dimensions, weights.count == 4
    else { return nil }
    return weights[1]
  }

  private static func isChannelsLast(_ dimensions: [Int?], _ nodes: [ONNXNode], input: String) -> Bool {
    if let last = dimensions[3], last <= 4, dimensions[1].map({ $0 > 4 }) ?? true { return true }
    if dimensions[1] != nil { return false }
    // The input turned before the first convolution.
    let turn = nodes.prefix { $0.kind != "Conv" }.first { $0.kind == "Transpose" }
    return turn?.integers("perm") == [0, 3, 1, 2]
  }
}

extension ONNXFile {
  /// True if a value comes from a linear layer that is none of some nodes.
  func isClassifier(_ value: String, beside others: [ONNXNode]) -> Bool {
    var value = value
    for _ in 0..<8 {
      guard let node = nodes.first(where: { $0.outputs.contains(value) }) else { return false }
      if ["Gemm", "MatMul"].contains(node.kind) { return !others.contains { $0.outputs == node.outputs } }
      guard ["Add", "Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast"].contains(node.kind),
        let input = node.inputs.first(where: { constants[$0] == nil })
      else { return false }
      value = input
    }
    return false
  }

  /// The nodes that a value follows from, in their order.
  func nodesBefore(_ value: String) -> [ONNXNode] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() { for output in node.outputs { makers[output] = index } }
    var needed: Set<Int> = []
    var pending = [value]
    while let next = pending.popLast() {
      guard let maker = makers[next], needed.insert(maker).inserted else { continue }
      pending += nodes[maker].inputs
    }
    return needed.sorted().map { nodes[$0] }
  }
}
