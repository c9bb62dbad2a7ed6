import Messages
import ONNXInterpreter
import ResNetGraph
import WeightFiles

/// Sums and products: of two branches, or of a value and constants.
extension ONNXLowering {
  mutating func arithmetic(_ node: ONNXNode) throws(ImportError) {
    guard node.inputs.count == 2 else { throw refusal(node, "joins \(node.inputs.count) values, not two") }
    switch (tracked[node.inputs[0]], tracked[node.inputs[1]]) {
    case (.some, .some): try join(node)
    case (.some, nil): try scaleOrShift(node, value: 0, constant: 1)
    case (nil, .some):
      guard node.kind != "Sub", node.kind != "Div" else {
        throw refusal(node, "takes a value from constants")
      }
      try scaleOrShift(node, value: 1, constant: 0)
    case (nil, nil): throw refusal(node, "reads nothing")
    }
  }

  // MARK: Two branches

  private mutating func join(_ node: ONNXNode) throws(ImportError) {
    let (first, second) = (try step(node, 0), try step(node, 1))
    let layout = try value(node, 0).layout
    let (a, b) = (steps[first], steps[second])
    if node.kind == "Mul", a.isPooled != b.isPooled {
      let (map, gate) = a.isPooled ? (second, first) : (first, second)
      guard steps[map].channels == steps[gate].channels else { throw refusal(node, "scales other channels") }
      return try append(
        node, .scale, reading: [map, gate], layout: try value(node, a.isPooled ? 1 : 0).layout)
    }
    let other = try value(node, 1).layout
    guard a.isPooled == b.isPooled, a.isPooled || layout == other,
      (a.channels, a.height, a.width) == (b.channels, b.height, b.width)
    else { throw refusal(node, "joins values of different extents") }
    switch node.kind {
    case "Add", "Sum": try append(node, .add, reading: [first, second], layout: layout, isPooled: a.isPooled)
    case "Mean" where a.isPooled:
      try append(node, .mean, reading: meanFirst(first, second), isPooled: true)
    default:
      let isGated =
        b.operation == .sigmoid && b.inputs == [first] || a.operation == .sigmoid && a.inputs == [second]
      throw refusal(
        node,
        node.kind == "Mul" && isGated
          ? "makes a SiLU of a map; the networks here have ReLU" : "joins two values")
    }
  }

  /// Two global pools, that of the means first.
  private func meanFirst(_ first: Int, _ second: Int) -> [Int] {
    steps[first].operation == .globalMaxPool ? [second, first] : [first, second]
  }

  mutating func concatenation(_ node: ONNXNode) throws(ImportError) {
    let branches = node.inputs.indices.filter { tracked[node.inputs[$0]] != nil }
    if branches.count == 2, node.inputs.count == 2 {
      let (first, second) = (try step(node, 0), try step(node, 1))
      guard steps[first].operation == .globalAveragePool, steps[second].operation == .globalMaxPool,
        steps[first].inputs == steps[second].inputs
      else { throw refusal(node, "joins the channels of two branches") }
      return try append(node, .concatenate, reading: [first, second], isPooled: true)
    }
    guard branches == [1], node.inputs.count == 3, node.integer("axis") ?? 1 == 1 else {
      throw refusal(node, "joins the channels of several values")
    }
    let input = try step(node, 1)
    let counts = [shape(node.inputs[0]), shape(node.inputs[2])].map { $0.count == 4 ? $0[1] : -1 }
    guard counts[0] == counts[1], counts[0] > 0, let first = try floats(node.inputs[0]),
      let last = try floats(node.inputs[2]), (first + last).allSatisfy({ $0 == 0 }), !steps[input].isPooled
    else { throw refusal(node, "puts other channels around a map than as many zeros on both sides") }
    try padChannels(node, input, by: counts[0], isOnlyReader: isOnlyReader(node, 1))
  }

  /// Puts channels of zeros on both sides of a map, which may have been subsampled for it.
  mutating func padChannels(
    _ node: ONNXNode, _ input: Int, by count: Int, isOnlyReader: Bool
  ) throws(ImportError) {
    if case .zeroPadShortcut(let shortcut) = steps[input].operation, shortcut.padding == 0, isOnlyReader {
      change(input) {
        $0.operation = .zeroPadShortcut(ZeroPadShortcut(stride: shortcut.stride, padding: count))
        $0.channels += 2 * count
      }
      return alias(node, TrackedValue(step: input))
    }
    try append(node, .zeroPadShortcut(ZeroPadShortcut(stride: 1, padding: count)), reading: [input])
  }

  // MARK: Constants

  private mutating func scaleOrShift(
    _ node: ONNXNode, value place: Int, constant: Int
  ) throws(ImportError) {
    let input = try value(node, place)
    let index = input.step
    let name = try self.constant(node, constant)
    let isShift = node.kind == "Add" || node.kind == "Sub" || node.kind == "Sum"
    let numbers = try channelNumbers(node, name, of: input, shape: shape(node.input(place)))
    try requireNumbers(node, input)
    if input.isRounded, index == 0 || steps[index].isPooled {
      throw refusal(node, "scales or shifts a value after it was rounded to 8 bits, which no layer here does")
    }
    if index == 0 { return try scaleInput(node, input, byConstant: numbers.floats) }
    let isOnly = isOnlyReader(node, place) && !input.isRounded
    let weight = node.kind == "Sub" ? ONNXWeight.difference(.filled(0), numbers.weight) : numbers.weight
    switch steps[index].operation {
    case .add where steps[index].isPooled:
      let factor = node.kind == "Mul" ? numbers.floats[0] : node.kind == "Div" ? 1 / numbers.floats[0] : 0
      let inputs = steps[index].inputs
      guard factor == 0.5, numbers.floats.count == 1, isOnly, inputs.allSatisfy({ steps[$0].isGlobalPool })
      else {
        throw refusal(node, "scales a sum")
      }
      let ordered = meanFirst(inputs[0], inputs[1])
      change(index) {
        $0.operation = .mean
        $0.inputs = ordered
      }
    case .linear(var linear) where isShift && !linear.hasBias && isOnly:
      linear.hasBias = true
      let output = linear
      change(index) {
        $0.operation = .linear(output)
        $0.weights["bias"] = weight
      }
    case .convolution(var convolution) where isShift && !convolution.hasBias && isOnly:
      convolution.hasBias = true
      let output = convolution
      change(index) {
        $0.operation = .convolution(output)
        $0.weights["bias"] = weight
      }
    case .batchNormalization where isShift && isOnly, .groupNormalization where isShift && isOnly:
      guard steps[index].weights["bias"].map({ $0.depth < ONNXWeight.depthLimit }) ?? true else {
        throw refusal(
          node, "shifts a norm once more, after \(ONNXWeight.depthLimit) nodes that do; no network needs that"
        )
      }
      change(index) { step in
        let own = step.weights["bias"] ?? .filled(0)
        step.weights["bias"] = own == .filled(0) ? weight : .sum(own, weight)
      }
    case .groupNormalization
    where node.kind == "Mul" && isOnly && steps[index].weights["weight"] == .filled(1)
      && steps[index].weights["bias"] == .filled(0):
      change(index) { $0.weights["weight"] = weight }
    default:
      guard isShift || node.kind == "Mul", input.padding == nil, input.grouping == nil,
        !steps[index].isPooled,
        input.layout == [0, 1, 2, 3]
      else {
        throw refusal(
          node,
          node.kind == "Div" && !steps[index].isPooled
            ? "divides a map by constants, which no layer here does; write it as a product with their reciprocals"
            : "scales or shifts a value that is no map")
      }
      let norm = BatchNormalization(channels: steps[index].channels, epsilon: 1e-5)
      return try append(
        node, .batchNormalization(norm), reading: [index],
        [
          "weight": isShift ? .filled(1) : weight, "bias": isShift ? weight : .filled(0),
          "running_mean": .filled(0),
          "running_var": .unitVariance(epsilon: 1e-5),
        ])
    }
    alias(node, input)
  }

  /// A constant that has one number for all channels, or one for each.
  private func channelNumbers(
    _ node: ONNXNode, _ name: String, of value: TrackedValue, shape: [Int]
  ) throws(ImportError) -> (floats: [Float], weight: ONNXWeight) {
    let own = self.shape(name)
    let channels = steps[value.step].channels
    let axis = steps[value.step].isPooled ? shape.lastIndex(of: channels) : value.layout.firstIndex(of: 1)
    let wide = Array(repeating: 1, count: max(shape.count - own.count, 0)) + own
    let isByChannel = wide.indices.allSatisfy { wide[$0] == ($0 == axis ? channels : 1) }
    guard wide.count == shape.count, isByChannel || wide.allSatisfy({ $0 == 1 }),
      let floats = try floats(name),
      let first = floats.first
    else { throw refusal(node, "has constants of extents \(own) for \(channels) channels") }
    return (floats, floats.count == 1 && channels != 1 ? .filled(first) : .value(name))
  }

  // MARK: The input's preprocessing

  private func requireSoleInput(_ node: ONNXNode, _ input: TrackedValue) throws(ImportError) {
    guard input.padding == nil,
      node.inputs.contains(where: { tracked[$0]?.step == 0 && readerCounts[$0] == 1 })
    else { throw refusal(node, "scales the input beside other layers that read it, or after it was padded") }
  }

  private mutating func scaleInput(
    _ node: ONNXNode, _ input: TrackedValue, byConstant floats: [Float]
  ) throws(ImportError) {
    try requireSoleInput(node, input)
    for channel in inputScale.indices {
      let number = Double(floats.count == 1 ? floats[0] : floats[channel])
      switch node.kind {
      case "Add", "Sum": inputShift[channel] += number
      case "Sub": inputShift[channel] -= number
      case "Mul", "Div":
        let factor = node.kind == "Mul" ? number : 1 / number
        inputScale[channel] *= factor
        inputShift[channel] *= factor
      default: throw refusal(node, "changes the input in a way that no preprocessing has")
      }
    }
    alias(node, input)
  }

  mutating func scaleInput(
    _ node: ONNXNode, _ input: TrackedValue, byNorm names: [String], epsilon: Double
  ) throws(ImportError) {
    try requireSoleInput(node, input)
    var numbers: [[Float]] = []
    for name in names {
      guard let floats = try floats(name), floats.count == inputScale.count else {
        throw refusal(node, "has other numbers than one for each channel")
      }
      numbers.append(floats)
    }
    for channel in inputScale.indices {
      let factor = Double(numbers[0][channel]) / (Double(numbers[3][channel]) + epsilon).squareRoot()
      inputScale[channel] *= factor
      inputShift[channel] =
        (inputShift[channel] - Double(numbers[2][channel])) * factor + Double(numbers[1][channel])
    }
    alias(node, input)
  }
}

extension ONNXWeight {
  /// A running variance with which a batch norm divides by 1.
  static func unitVariance(epsilon: Double) -> ONNXWeight { .filled(Float(1 - epsilon)) }
}
