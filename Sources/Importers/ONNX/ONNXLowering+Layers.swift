import ONNXInterpreter
import ResNetGraph
import WeightFiles

/// Convolutions, linear layers, norms and activations.
extension ONNXLowering {
  mutating func convolution(_ node: ONNXNode) throws(ImportError) {
    let input = try map(node, 0)
    let name = try constant(node, 1)
    let (shape, weights) = (shape(node.input(0)), shape(name))
    if shape.count == 3 { return try channelConvolution(node, input) }
    guard shape.count == 4, weights.count == 4 else {
      throw refusal(node, "convolves a value of extents \(shape)")
    }
    let window = try window(node, pixels: Array(shape[2...]), kernel: Array(weights[2...]))
    let groups = node.integer("group") ?? 1
    var constants: [String: ONNXWeight] = ["weight": .value(name)]
    if node.input(2) != nil { constants["bias"] = .value(try constant(node, 2)) }
    if steps[input.step].isPooled {
      guard groups == 1, window.kernel == [1, 1], window.output == [1, 1] else {
        throw refusal(node, "convolves one pixel with more than one")
      }
      let linear = Linear(
        inputs: weights[1], outputs: weights[0], hasBias: constants["bias"] != nil, isConvolution: true)
      return try append(node, .linear(linear), reading: [input.step], constants, isPooled: true)
    }
    if try isBlur(node, name, weights, groups: groups, input) {
      guard window.before == [0, 0], window.after == [0, 0], window.isSquare else {
        throw refusal(node, "pads the filter of anti-aliasing with zeros")
      }
      return try append(node, .blur(Blur(stride: window.strides[0])), reading: [input.step])
    }
    if let padding = input.padding, padding.mode != .constant(0) {
      throw refusal(node, "convolves a map that is padded with other numbers than zeros")
    }
    let padding = try evenPadding(node, window, input.padding)
    let convolution = Convolution(
      inputChannels: weights[1] * groups, outputChannels: weights[0], kernel: window.kernel[0],
      stride: window.strides[0], padding: padding, dilation: window.kernel[0] == 1 ? 1 : window.dilations[0],
      groups: groups, hasBias: constants["bias"] != nil)
    try append(node, .convolution(convolution), reading: [input.step], constants)
  }

  /// True for the fixed filter [1, 2, 1]ᵀ[1, 2, 1] / 16 of each channel, over a map that is reflected at its edges.
  private func isBlur(
    _ node: ONNXNode, _ name: String, _ shape: [Int], groups: Int, _ input: TrackedValue
  ) throws(ImportError) -> Bool {
    guard groups > 1, groups == shape[0], shape[1...] == [1, 3, 3], node.input(2) == nil,
      let padding = input.padding, padding.mode == .reflected, padding.before == [0, 0, 1, 1],
      padding.after == [0, 0, 1, 1], let filters = try floats(name)
    else { return false }
    let filter: [Float] = [1, 2, 1, 2, 4, 2, 1, 2, 1]
    return filters.indices.allSatisfy { abs(filters[$0] * 16 - filter[$0 % 9]) < 1e-5 }
  }

  /// A convolution along the channels of one pixel.
  private mutating func channelConvolution(_ node: ONNXNode, _ input: TrackedValue) throws(ImportError) {
    let name = try constant(node, 1)
    let (shape, weights) = (shape(node.input(0)), shape(name))
    guard steps[input.step].isPooled, shape[1] == 1, weights.count == 3, weights[..<2] == [1, 1],
      weights[2] % 2 == 1, node.input(2) == nil
    else { throw refusal(node, "convolves along another axis than channels") }
    let window = try window(node, pixels: [shape[2]], kernel: [weights[2]])
    guard window.strides == [1], window.dilations == [1], window.before == [weights[2] / 2],
      window.after == window.before
    else { throw refusal(node, "does not keep the number of channels") }
    try append(
      node, .channelConvolution(ChannelConvolution(kernel: weights[2])), reading: [input.step],
      ["weight": .value(name)], isPooled: true)
  }

  mutating func linear(_ node: ONNXNode) throws(ImportError) {
    let input = try step(node, 0)
    let name = try constant(node, 1)
    let (shape, weights) = (shape(node.input(0)), shape(name))
    let isGemm = node.kind == "Gemm"
    guard steps[input].isPooled, weights.count == 2, shape.count == 2, node.integer("transA") ?? 0 == 0,
      node.float("alpha") ?? 1 == 1, node.float("beta") ?? 1 == 1
    else {
      throw refusal(node, "multiplies a value of extents \(shape), which is no vector of a global pool")
    }
    let isTransposed = isGemm && node.integer("transB") == 1
    var constants = ["weight": isTransposed ? ONNXWeight.value(name) : .transposed(.value(name))]
    let outputs = weights[isTransposed ? 0 : 1]
    if isGemm, node.input(2) != nil {
      let bias = try constant(node, 2)
      guard self.shape(bias).reduce(1, *) == outputs else {
        throw refusal(node, "adds \(self.shape(bias)) numbers to \(outputs)")
      }
      constants["bias"] = .value(bias)
    }
    let linear = Linear(
      inputs: weights[isTransposed ? 1 : 0], outputs: outputs, hasBias: constants["bias"] != nil)
    try append(node, .linear(linear), reading: [input], constants, isPooled: true)
  }

  mutating func batchNormalization(_ node: ONNXNode) throws(ImportError) {
    let input = try map(node, 0)
    guard node.integer("training_mode") ?? 0 == 0, node.integer("spatial") ?? 1 == 1 else {
      throw refusal(node, "takes its statistics from the images: export the network in evaluation mode")
    }
    var names: [String] = []
    for index in 1..<5 { names.append(try constant(node, index)) }
    let epsilon = Double(node.float("epsilon") ?? 1e-5)
    if input.step == 0 {
      return try scaleInput(node, input, byNorm: names, epsilon: epsilon)
    }
    let channels = shape(node.input(0)).dropFirst().first ?? 0
    guard input.padding == nil, !steps[input.step].isPooled else {
      throw refusal(node, "normalises a value that is padded, or no map")
    }
    let norm = BatchNormalization(channels: channels, epsilon: Self.rounded(epsilon))
    try append(
      node, .batchNormalization(norm), reading: [input.step],
      [
        "weight": .value(names[0]), "bias": .value(names[1]), "running_mean": .value(names[2]),
        "running_var": .value(names[3]),
      ])
  }

  /// The decimal number that a single-precision one stands for, as `1e-5` for 9.99999975e-06.
  static func rounded(_ epsilon: Double) -> Double { Double("\(Float(epsilon))") ?? epsilon }

  mutating func groupNormalization(_ node: ONNXNode) throws(ImportError) {
    let input = try step(node, 0)
    let (weight, bias) = (try constant(node, 1), try constant(node, 2))
    let channels = steps[input].channels
    guard let groups = node.integer("num_groups"), shape(weight) == [channels], shape(bias) == [channels]
    else {
      throw refusal(node, "has other numbers than one for each channel")
    }
    let norm = GroupNormalization(
      channels: channels, groups: groups, epsilon: Self.rounded(Double(node.float("epsilon") ?? 1e-5)))
    try append(
      node, .groupNormalization(norm), reading: [input], ["weight": .value(weight), "bias": .value(bias)])
  }

  mutating func instanceNormalization(_ node: ONNXNode) throws(ImportError) {
    var input = try value(node, 0)
    let (weight, bias) = (try constant(node, 1), try constant(node, 2))
    let epsilon = Self.rounded(Double(node.float("epsilon") ?? 1e-5))
    guard var grouping = input.grouping else {
      let channels = steps[input.step].channels
      let norm = GroupNormalization(channels: channels, groups: channels, epsilon: epsilon)
      return try append(
        node, .groupNormalization(norm), reading: [try step(node, 0)],
        ["weight": .value(weight), "bias": .value(bias)])
    }
    guard let ones = try floats(weight), let zeros = try floats(bias), ones.allSatisfy({ $0 == 1 }),
      zeros.allSatisfy({ $0 == 0 }), grouping.epsilon == nil
    else { throw refusal(node, "scales its groups") }
    grouping.epsilon = epsilon
    input.grouping = grouping
    alias(node, input)
  }

  mutating func activation(_ node: ONNXNode, _ operation: Operation) throws(ImportError) {
    let input = try value(node, 0)
    let step = try step(node, 0)
    // Nothing is left to do for a second ReLU.
    if operation == .relu, steps[step].operation == .relu { return alias(node, input) }
    try append(
      node, operation, reading: [step], layout: input.layout, isPooled: steps[step].isPooled)
  }

  /// A Clip or Max that is a ReLU.
  mutating func rectifier(_ node: ONNXNode) throws(ImportError) {
    var low = node.float("min")
    var high = node.float("max")
    if let name = node.input(1), let number = values[name]?.floats?.first { low = number }
    if let name = node.input(2), let number = values[name]?.floats?.first { high = number }
    // Limits that no number is beyond.
    if low ?? -.infinity <= -3e38, high ?? .infinity >= 3e38 { return alias(node, try value(node, 0)) }
    guard low == 0, high ?? .infinity >= 3e38 else {
      throw refusal(
        node,
        "is no ReLU: it limits numbers to \(low.map { "\($0)" } ?? "any") and \(high.map { "\($0)" } ?? "any")"
      )
    }
    try activation(node, .relu)
  }

  mutating func softmax(_ node: ONNXNode) throws(ImportError) {
    let input = try value(node, 0)
    guard steps[input.step].isPooled else { throw refusal(node, "is none of the logits") }
    logits = node.input(0) ?? logits
    ending = node.kind == "Softmax" ? "softmax" : "logarithm of the softmax"
    alias(node, input)
  }
}
