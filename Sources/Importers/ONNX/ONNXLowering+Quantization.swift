import Messages
import ModelDescriptor
import ONNXInterpreter
import ResNetGraph
import WeightFiles

/// The rounding of a value to 8 bits, as a QuantizeLinear and a DequantizeLinear say it.
struct ONNXRounding: Hashable {
  /// The values, with integers from 0 to 255.
  var map: Quantization.Map
  /// The value of the graph before it is rounded.
  var source: String
}

/// QuantizeLinear and DequantizeLinear on the way of the network's values.
///
/// Integers of −128 to 127 are those of 0 to 255 with a zero point that is larger by 128: the same numbers, exactly.
extension ONNXLowering {
  mutating func quantize(_ node: ONNXNode) throws(ImportError) {
    // Behind the function after the logits nothing is computed that the network has.
    if ending != nil { return alias(node, try value(node, 0)) }
    roundsActivations = true
    var input = try value(node, 0)
    guard input.integers == nil else { throw refusal(node, "rounds integers once more") }
    let isRectifying = (try? lowestIsZero(node)) ?? false
    if isRectifying, rectifies(node, input) {
      let layout = input.layout
      if let relu = impliedReLUs[input.step] {
        input = TrackedValue(step: relu, layout: layout)
      } else {
        let step = try step(node, 0)
        try append(node, .relu, reading: [step], layout: layout, isPooled: steps[step].isPooled)
        input = TrackedValue(step: steps.count - 1, layout: layout)
        impliedReLUs[step] = steps.count - 1
      }
      if let name = node.outputs.first { rectifying.insert(name) }
    }
    if !keepsReal {
      input.integers = ONNXRounding(
        map: try map(of: node), source: node.inputs.first ?? "")
    }
    alias(node, input)
  }

  mutating func dequantize(_ node: ONNXNode) throws(ImportError) {
    var value = try value(node, 0)
    guard ending == nil, !keepsReal else { return alias(node, value) }
    guard let rounding = value.integers else {
      throw roundingRefusal(node, "makes numbers of integers that no QuantizeLinear made")
    }
    let own = try map(of: node)
    guard own == rounding.map else {
      throw roundingRefusal(
        node,
        "has the scale \(own.scale) and the zero point \(own.zeroPoint), of 0 to 255, for integers that were made with "
          + "\(rounding.map.scale) and \(rounding.map.zeroPoint)")
    }
    if let other = steps[value.step].rounding, other.map != own {
      throw roundingRefusal(
        node,
        "rounds a value with the scale \(own.scale) and the zero point \(own.zeroPoint), of 0 to 255, that is rounded with "
          + "\(other.map.scale) and \(other.map.zeroPoint) too; a map here has one scale")
    }
    if steps[value.step].rounding == nil { change(value.step) { $0.rounding = rounding } }
    value.integers = nil
    value.isRounded = true
    alias(node, value)
  }

  /// The refusal of a rounding that no network here has, with the way around it.
  private func roundingRefusal(_ node: ONNXNode, _ why: String) -> ImportError {
    ImportError(
      .graph, file: file.path,
      "this quantized network cannot be kept as one: the node \(node.label), of operator set \(file.operatorSet), \(why.printable). \(Remedy.realNumbers) takes real numbers in its place"
    )
  }

  // MARK: Scales

  /// The values that a node rounds to, or makes of integers.
  private func map(of node: ONNXNode) throws(ImportError) -> Quantization.Map {
    guard node.inputs.count <= 3, let name = node.input(1), tracked[name] == nil,
      let scales = try floats(name)
    else { throw refusal(node, "has no constant scale") }
    guard scales.count == 1, let scale = scales.first else {
      throw roundingRefusal(node, "has \(scales.count) scales for a map, which has one here")
    }
    let range = Quantization.scaleRange
    guard scale.isFinite, Float(range.lowerBound)...Float(range.upperBound) ~= scale else {
      throw roundingRefusal(
        node, "has the scale \(scale); it must be from \(range.lowerBound) to \(range.upperBound)")
    }
    let zero = try zeroPoint(of: node)
    guard let unsigned = UInt8(exactly: zero) else {
      throw roundingRefusal(
        node, "has a zero point outside of its 8 bits: \(zero), counted from the lowest integer")
    }
    return Quantization.Map(scale: scale, zeroPoint: unsigned)
  }

  /// The integer that stands for 0, counted from the lowest one.
  private func zeroPoint(of node: ONNXNode) throws(ImportError) -> Int {
    let type = interpreter.quantizedType(node)
    guard type == .int8 || type == .uint8 else {
      throw roundingRefusal(
        node,
        "makes integers of the type \(type?.word ?? "of a value that is computed"), and maps here are of 8 bits"
      )
    }
    var zero = 0
    if let name = node.input(2) {
      guard tracked[name] == nil, let numbers = try floats(name), numbers.count == 1,
        let number = Int(exactly: numbers[0])
      else { throw refusal(node, "has no constant zero point, one as its scale is") }
      zero = number
    }
    return type == .int8 ? zero + 128 : zero
  }

  // MARK: ReLUs

  /// True if the integers begin at 0.
  private func lowestIsZero(_ node: ONNXNode) throws(ImportError) -> Bool { try zeroPoint(of: node) == 0 }

  /// True if a rounding whose integers begin at 0 takes the place of a ReLU, which programs leave out in front of it: the next layer
  /// reads a value of a layer or of a block's sum. In front of a sum it is the rounding of a branch, which no ReLU follows.
  private func rectifies(_ node: ONNXNode, _ input: TrackedValue) -> Bool {
    guard input.padding == nil, input.grouping == nil else { return false }
    let readers = readerKinds(behind: node)
    guard !readers.contains("Relu"), !readers.contains("Clip") else { return false }
    switch steps[input.step].operation {
    case .add:
      return !steps[input.step].isPooled && !readers.contains("BatchNormalization") && !readers.isEmpty
    case .convolution, .batchNormalization, .groupNormalization:
      return !readers.contains("BatchNormalization")
        && !readers.isDisjoint(with: ["Conv", "MaxPool", "AveragePool", "Pad"])
    case .linear: return !readers.isDisjoint(with: ["Conv", "Gemm", "MatMul"])
    default: return false
    }
  }

  /// The kinds of the layers that read what a node makes, behind nodes that leave the numbers as they are.
  private func readerKinds(behind node: ONNXNode) -> Set<String> {
    var kinds: Set<String> = []
    var pending = node.outputs
    var seen: Set<String> = []
    while let name = pending.popLast() {
      guard seen.insert(name).inserted else { continue }
      for reader in readers[name] ?? [] {
        let node = nodes[reader]
        switch node.kind {
        case "DequantizeLinear", "QuantizeLinear", "Identity", "Cast", "Dropout", "Reshape", "Flatten",
          "Squeeze",
          "Unsqueeze", "Transpose":
          pending += node.outputs
        default: kinds.insert(node.kind)
        }
      }
    }
    return kinds
  }

  // MARK: The end

  /// Leaves the rounding of the logits out, which no network here has, and checks that all who read a value read it rounded.
  ///
  /// - Parameter answers: the steps of the logits and of the output.
  /// - Throws: ``ImportError`` with `graph`.
  mutating func settleRoundings(answers: Set<Int>) throws(ImportError) {
    for step in answers where steps[step].rounding != nil {
      if step == answers.min() { logitRounding = steps[step].rounding }
      change(step) { $0.rounding = nil }
    }
    for (step, node) in rawReaders.sorted(by: { $0.key < $1.key }) where steps[step].rounding != nil {
      throw roundingRefusal(
        node,
        "reads a value before it is rounded to 8 bits that others read after that; a map here is rounded for all"
      )
    }
  }
}
