import Messages
import ONNXInterpreter
import ResNetGraph
import TensorCore
import WeightFiles

/// Turns the nodes of an ONNX graph into the operations that the networks here consist of: constants are folded, layouts
/// followed, paddings joined with what they are for, and whatever does nothing is left out.
struct ONNXLowering {
  let file: ONNXFile
  let interpreter: ONNXInterpreter
  /// The extents of all values, and the elements of small ones that follow from constants.
  let values: [String: ONNXValue]
  private(set) var steps: [ONNXStep] = []
  /// The values that depend on the input.
  var tracked: [String: TrackedValue] = [:]
  /// Nodes that read each value.
  let readerCounts: [String: Int]
  /// The places of the nodes that read each value, among ``nodes``.
  let readers: [String: [Int]]
  let nodes: [ONNXNode]
  /// True if values are taken as real numbers where the file rounds them.
  let keepsReal: Bool
  /// The scale and shift of the input's channels before the first layer.
  var inputScale: [Double]
  var inputShift: [Double]
  /// True if the order of the input's channels is turned before the first layer.
  var isInputReversed = false
  /// The function after the logits.
  var ending: String?
  /// Sentences for people.
  var notes: [Remark] = []
  /// True if activations are rounded to a few bits in the file.
  var roundsActivations = false
  /// The ReLUs that a rounding stands for, by the steps that they read.
  var impliedReLUs: [Int: Int] = [:]
  /// The integers of roundings that stand for a ReLU.
  var rectifying: Set<String> = []
  /// A node that reads each step's value before it is rounded.
  private(set) var rawReaders: [Int: ONNXNode] = [:]
  /// The rounding of the logits, which is left out.
  var logitRounding: ONNXRounding?

  /// A value of the graph, in terms of steps.
  struct TrackedValue {
    var step: Int
    /// For each axis of a map its meaning: 0 image, 1 channel, 2 row, 3 column.
    var layout = [0, 1, 2, 3]
    /// Elements that were put around it and that the next layer takes in.
    var padding: ONNXPadding?
    /// Set between the nodes that together make a group norm.
    var grouping: Grouping?
    /// Set between the nodes that round it, where it is integers.
    var integers: ONNXRounding?
    /// True if it is rounded.
    var isRounded = false
  }

  struct Grouping {
    var groups: Int
    /// Set when it was normalised.
    var epsilon: Double?
  }

  /// Follows a graph from its input to one of its outputs.
  ///
  /// - Parameter keepsReal: true to take values as real numbers where the file rounds them.
  /// - Throws: ``ImportError`` with `graph` that names the first node which no network here has.
  init(_ source: ONNXSource, keepsReal: Bool = false) throws(ImportError) {
    file = source.file
    interpreter = source.interpreter
    logits = source.output
    values = source.values
    let nodes = source.nodes
    self.nodes = nodes
    self.keepsReal = keepsReal
    readers = nodes.indices.reduce(into: [:]) { readers, index in
      for input in nodes[index].inputs { readers[input, default: []].append(index) }
    }
    readerCounts = nodes.reduce(into: [source.output: 1]) { counts, node in
      for input in node.inputs { counts[input, default: 0] += 1 }
    }
    inputScale = Array(repeating: 1, count: source.channels)
    inputShift = Array(repeating: 0, count: source.channels)
    steps = [
      ONNXStep(
        operation: .input(channels: source.channels), inputs: [], weights: [:], node: ONNXNode(),
        channels: source.channels, height: source.height, width: source.width)
    ]
    tracked[source.input] = TrackedValue(
      step: 0, layout: source.isChannelsLast ? [0, 2, 3, 1] : [0, 1, 2, 3])
    for node in nodes {
      let isConstant = !node.inputs.contains { tracked[$0] != nil }
      let isKnown = node.outputs.first.flatMap { values[$0]?.integers } != nil
      if !isConstant, !isKnown { try lower(node) }
    }
    guard let last = tracked[source.output], last.padding == nil, last.grouping == nil else {
      throw ImportError(
        .graph, file: file.path, "the output '\(source.output.printable)' does not depend on the input")
    }
    output = last.step
    let isSigmoid = steps[output].operation == .sigmoid && steps[output].isPooled
    try settleRoundings(answers: isSigmoid ? [output, steps[output].inputs[0]] : [output])
  }

  /// The step of the graph's output.
  private(set) var output = 0
  /// The value of the graph before the function after the logits.
  var logits: String

  private mutating func lower(_ node: ONNXNode) throws(ImportError) {
    if ending != nil,
      !["Identity", "Cast", "Reshape", "Squeeze", "Flatten", "DequantizeLinear", "QuantizeLinear"].contains(
        node.kind)
    {
      throw refusal(node, "follows the \(ending ?? ""), where a network of this kind ends")
    }
    switch node.kind {
    case "Identity", "Dropout", "Cast": try pass(node)
    case "QuantizeLinear": try quantize(node)
    case "DequantizeLinear": try dequantize(node)
    case "Conv": try convolution(node)
    case "BatchNormalization": try batchNormalization(node)
    case "InstanceNormalization": try instanceNormalization(node)
    case "GroupNormalization": try groupNormalization(node)
    case "Relu": try activation(node, .relu)
    case "Clip", "Max": try rectifier(node)
    case "Sigmoid": try activation(node, .sigmoid)
    case "MaxPool": try maxPool(node)
    case "AveragePool": try averagePool(node)
    case "GlobalAveragePool", "ReduceMean": try globalPool(node, .globalAveragePool)
    case "GlobalMaxPool", "ReduceMax": try globalPool(node, .globalMaxPool)
    case "Gemm", "MatMul": try linear(node)
    case "Add", "Sub", "Mul", "Div", "Sum", "Mean": try arithmetic(node)
    case "Concat": try concatenation(node)
    case "Pad": try padding(node)
    case "Slice": try slice(node)
    case "Gather": try gather(node)
    case "Transpose": try transpose(node)
    case "Reshape", "Flatten", "Squeeze", "Unsqueeze": try reshape(node)
    case "Expand": try expand(node)
    case "Softmax", "LogSoftmax": try softmax(node)
    default: throw refusal(node, "is no layer of a residual network")
    }
  }

  // MARK: Steps

  /// Appends a step and makes it the value of the node's first output.
  mutating func append(
    _ node: ONNXNode, _ operation: Operation, reading inputs: [Int], _ weights: [String: ONNXWeight] = [:],
    layout: [Int] = [0, 1, 2, 3], isPooled: Bool = false
  ) throws(ImportError) {
    guard let name = node.outputs.first, !name.isEmpty, let shape = values[name]?.shape else {
      throw refusal(node, "has no output")
    }
    var step = ONNXStep(
      operation: operation, inputs: inputs, weights: weights, node: node, channels: 0, height: 1, width: 1,
      isPooled: isPooled)
    if isPooled {
      step.channels = shape.dropFirst().reduce(1, *)
    } else {
      guard shape.count == 4, let channel = layout.firstIndex(of: 1), let row = layout.firstIndex(of: 2),
        let column = layout.firstIndex(of: 3)
      else { throw refusal(node, "makes a value of extents \(shape) where a map is expected") }
      (step.channels, step.height, step.width) = (shape[channel], shape[row], shape[column])
    }
    for input in node.inputs {
      if let value = tracked[input], !value.isRounded { rawReaders[value.step] = node }
    }
    steps.append(step)
    tracked[name] = TrackedValue(step: steps.count - 1, layout: layout)
  }

  mutating func change(_ step: Int, _ body: (inout ONNXStep) -> Void) { body(&steps[step]) }

  /// Makes the node's first output another name of a value.
  mutating func alias(_ node: ONNXNode, _ value: TrackedValue) {
    if let name = node.outputs.first, !name.isEmpty { tracked[name] = value }
  }

  private mutating func pass(_ node: ONNXNode) throws(ImportError) {
    alias(node, try value(node, 0))
  }

  // MARK: Reading

  func refusal(_ node: ONNXNode, _ why: String) -> ImportError {
    ImportError(
      .graph, file: file.path,
      "this is no residual network that can be described: the node \(node.label), of operator set \(file.operatorSet), \(why.printable)"
    )
  }

  /// An input that depends on the network's input.
  func value(_ node: ONNXNode, _ index: Int) throws(ImportError) -> TrackedValue {
    guard let name = node.input(index), let value = tracked[name] else {
      throw refusal(node, "has a constant where the network's values are expected")
    }
    return value
  }

  /// The step of an input, to which nothing is left to be done.
  func step(_ node: ONNXNode, _ index: Int) throws(ImportError) -> Int {
    let value = try value(node, index)
    guard value.padding == nil, value.grouping == nil else {
      throw refusal(node, "reads a value that was padded or split into groups for another layer")
    }
    try requireNumbers(node, value)
    return value.step
  }

  /// The step of an input that is a map of [image, channel, row, column].
  func map(_ node: ONNXNode, _ index: Int) throws(ImportError) -> TrackedValue {
    let value = try value(node, index)
    guard steps[value.step].isPooled || value.layout == [0, 1, 2, 3] else {
      throw refusal(node, "reads its channels from another axis than the second one")
    }
    guard value.grouping == nil else { throw refusal(node, "reads a value that was split into groups") }
    try requireNumbers(node, value)
    return value
  }

  func requireNumbers(_ node: ONNXNode, _ value: TrackedValue) throws(ImportError) {
    guard value.integers == nil else {
      throw refusal(node, "computes with integers, which no DequantizeLinear makes numbers of")
    }
  }

  func shape(_ name: String?) -> [Int] { name.flatMap { values[$0]?.shape } ?? [] }

  /// The name of an input that follows from constants.
  func constant(_ node: ONNXNode, _ index: Int) throws(ImportError) -> String {
    guard let name = node.input(index), tracked[name] == nil else {
      throw refusal(node, "has a value as its input \(index) that is not constant")
    }
    return name
  }

  /// The elements of a value that follows from constants.
  func floats(_ name: String) throws(ImportError) -> [Float]? {
    do { return try interpreter.fold(name).floats } catch { throw ImportError(error) }
  }

  func window(_ node: ONNXNode, pixels: [Int], kernel: [Int]? = nil) throws(ImportError) -> ONNXWindow {
    do throws(ONNXFault) {
      return try ONNXWindow(node, pixels: pixels, kernel: kernel)
    } catch {
      throw refusal(node, error.message)
    }
  }

  /// The padding of a window over a map, with what was put around the map before; it must be the same on all sides.
  func evenPadding(
    _ node: ONNXNode, _ window: ONNXWindow, _ padding: ONNXPadding?
  ) throws(ImportError) -> Int {
    let before = zip(window.before, padding.map { Array($0.before[2...]) } ?? [0, 0]).map(+)
    let after = zip(window.after, padding.map { Array($0.after[2...]) } ?? [0, 0]).map(+)
    guard window.isSquare else { throw refusal(node, "treats rows and columns differently") }
    guard Set(before + after).count == 1 else {
      throw refusal(
        node,
        "pads by \(before) pixels before and \(after) after its map; the networks here pad all sides alike")
    }
    return before[0]
  }
}
