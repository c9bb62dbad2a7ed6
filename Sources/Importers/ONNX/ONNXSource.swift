import Messages
import ModelDescriptor
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
  /// The places of the nodes that make numbers of integers, by what they make.
  let dequantizers: [String: Int]
  /// The input's extents as the file has them, with those that are free filled in.
  let shape: [Int]
  /// True if the input has its channels last.
  let isChannelsLast: Bool
  /// Outputs that are not looked at.
  let otherOutputs: [String]
  /// Set where the file leaves height or width free.
  let assumption: Assumption?

  var channels: Int { shape[isChannelsLast ? 3 : 1] }
  var height: Int { shape[isChannelsLast ? 1 : 2] }
  var width: Int { shape[isChannelsLast ? 2 : 3] }

  /// Most numbers of the input: images of 4096×4096 in four channels.
  private static let inputLimit = 1 << 26

  /// - Throws: ``ImportError`` with `graph`, or a fault of the file.
  init(_ file: ONNXFile) throws(ImportError) {
    self.file = file
    interpreter = ONNXInterpreter(file)
    func refusal(_ why: Remark) -> ImportError { ImportError(.graph, file: file.path, why) }
    let answer = try Self.answer(of: file)
    output = answer.name
    otherOutputs = file.outputs.map(\.name).filter { $0 != answer.name }
    let nodes = file.nodesBefore(answer.name)
    self.nodes = nodes
    dequantizers = nodes.indices.reduce(into: [:]) { places, index in
      if nodes[index].kind == "DequantizeLinear", let name = nodes[index].outputs.first {
        places[name] = index
      }
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
    let usual = Self.usualSide(nodes, file)
    shape[rowAxis] = dimensions[rowAxis] ?? dimensions[columnAxis] ?? usual.side
    shape[columnAxis] = dimensions[columnAxis] ?? shape[rowAxis]
    let free = [rowAxis, columnAxis].count { dimensions[$0] == nil }
    assumption =
      free == 0
      ? nil
      : Assumption(
        "images are \(shape[columnAxis])×\(shape[rowAxis]) pixels",
        evidence: free == 1
          ? "the graph leaves one side free, and images are usually square"
          : "the graph leaves them free; \(usual.ground)")
    guard shape[0] <= 64, shape[channelAxis] <= 4096, shape[rowAxis] <= 4096, shape[columnAxis] <= 4096,
      shape.reduce(1, *) <= Self.inputLimit
    else {
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
    guard !unknown.isEmpty else {
      for node in nodes {
        guard let name = ONNXInterpreter.strangeSetting(of: node) else { continue }
        throw ImportError(
          .graph, file: file.path,
          "the node \(node.label) has the setting '\(name.printable)', which its operator does not have, or not in this form; other programs refuse such a graph. Export the network anew"
        )
      }
      return
    }
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
    weights.count { weight in
      switch weight {
      case .value(let name), .transposed(.value(let name)): dequantizers[name] != nil
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

  // MARK: Free extents

  /// Height and width of images where the file leaves both free, with the reason.
  private static func usualSide(_ nodes: [ONNXNode], _ file: ONNXFile) -> (side: Int, ground: String) {
    let stem = nodes.first { $0.kind == "Conv" }
    let kernel = stem?.input(1).flatMap { file.constants[$0]?.shape.dimensions }?.dropFirst(2)
    let isSmall = kernel.map { $0.elementsEqual([3, 3]) } ?? false
    let strides = stem?.integers("strides") ?? [1, 1]
    let hasPool = nodes.contains { $0.kind == "MaxPool" && $0.integers("kernel_shape") != [1, 1] }
    return isSmall && strides == [1, 1] && !hasPool
      ? (32, "as is usual where a 3×3 convolution without a pool comes first")
      : (224, "as is usual")
  }

  // MARK: Answer

  /// The output that has a number for each class; features and maps beside it have other ranks, or lead to it.
  ///
  /// Programs take the first output, so it must be the one.
  private static func answer(of file: ONNXFile) throws(ImportError) -> ONNXPort {
    let answer = try likelyAnswer(of: file)
    guard let first = file.outputs.first, first.name != answer.name else { return answer }
    let makers = file.makers
    let origin = file.origin(of: first.name, makers)
    if origin == file.origin(of: answer.name, makers) { return first }
    // Of logits and their probabilities either answers the same question.
    let nodes = file.nodesBefore(answer.name)
    let earlier = Set(file.nodesBefore(first.name).flatMap(\.outputs))
    let rest = nodes.filter { earlier.isDisjoint(with: $0.outputs) }
    if earlier.contains(origin), rest.allSatisfy({ endings.contains($0.kind) }) { return first }
    throw ImportError(
      .graph, file: file.path,
      "the graph's first output is '\(first.name.printable)', which programs take for the answer, and the one with a number for each class is '\(answer.name.printable)'; export the network with the output that is meant alone, or as the first"
    )
  }

  /// Operators that may stand between logits and another form of them.
  private static let endings: Set<String> = [
    "Softmax", "LogSoftmax", "Sigmoid", "Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze",
    "Unsqueeze", "Constant", "Shape",
  ]

  private static func likelyAnswer(of file: ONNXFile) throws(ImportError) -> ONNXPort {
    guard let first = file.outputs.first else {
      throw ImportError(.graph, file: file.path, "the graph has no output")
    }
    let possible = file.outputs.filter { $0.dimensions?.count == 2 }
    guard possible.count > 1 else { return possible.first ?? first }
    guard possible.count <= outputLimit else {
      throw ImportError(
        .graph, file: file.path,
        "the graph has \(possible.count) outputs that could be the answer; keep one of them")
    }
    // An answer is what no other one is made of, by whatever names nodes give the same numbers.
    let makers = file.makers
    let origins = possible.map { file.origin(of: $0.name, makers) }
    let earlier = origins.map { Set(file.nodesBefore($0).flatMap(\.inputs)) }
    let last = possible.indices.filter { index in !earlier.contains { $0.contains(origins[index]) } }
    if let one = last.first, last.allSatisfy({ origins[$0] == origins[one] }) { return possible[one] }
    let names = last.map { "'\(possible[$0].name.printable)'" }.joined(separator: " and ")
    throw ImportError(
      .graph, file: file.path,
      "the outputs \(names) could all be the answer, and none follows from another; export the network with the one that is meant"
    )
  }

  /// Most outputs among which the answer is looked for.
  private static let outputLimit = 16

  private static func isChannelsLast(_ dimensions: [Int?], _ nodes: [ONNXNode], input: String) -> Bool {
    if let last = dimensions[3], last <= 4, dimensions[1].map({ $0 > 4 }) ?? true { return true }
    if dimensions[1] != nil { return false }
    // The input turned before the first convolution.
    let turn = nodes.prefix { $0.kind != "Conv" }.first { $0.kind == "Transpose" }
    return turn?.integers("perm") == [0, 3, 1, 2]
  }
}

extension ONNXFile {
  /// The nodes that make each value.
  var makers: [String: Int] {
    var makers: [String: Int] = [:]
    for (index, node) in nodes.enumerated() {
      for output in node.outputs where !output.isEmpty { makers[output] = index }
    }
    return makers
  }

  /// The value whose numbers a value has, before nodes that give them another name or form.
  func origin(of value: String, _ makers: [String: Int]) -> String {
    var value = value
    while let maker = makers[value],
      ["Identity", "Cast", "Dropout", "Flatten", "Reshape", "Squeeze", "Unsqueeze"].contains(
        nodes[maker].kind),
      let input = nodes[maker].input(0)
    {
      value = input
    }
    return value
  }

  /// The value whose numbers a value has before they are rounded, or given another name or form.
  func realOrigin(of value: String) -> String {
    let makers = makers
    var value = value
    while true {
      value = origin(of: value, makers)
      guard let maker = makers[value],
        nodes[maker].kind == "QuantizeLinear" || nodes[maker].kind == "DequantizeLinear",
        let input = nodes[maker].input(0)
      else { return value }
      value = input
    }
  }

  /// The nodes that a value follows from, in their order.
  func nodesBefore(_ value: String) -> [ONNXNode] {
    let makers = makers
    var needed: Set<Int> = []
    var pending = [value]
    while let next = pending.popLast() {
      guard let maker = makers[next], needed.insert(maker).inserted else { continue }
      pending += nodes[maker].inputs
    }
    return needed.sorted().map { nodes[$0] }
  }
}
