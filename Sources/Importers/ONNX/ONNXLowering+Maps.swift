import ONNXInterpreter
import ResNetGraph
import WeightFiles

/// Pools, paddings, and nodes that move elements.
extension ONNXLowering {
  mutating func maxPool(_ node: ONNXNode) throws(ImportError) {
    let input = try map(node, 0)
    let window = try poolWindow(node, input)
    if window.kernel == [1, 1] { return try subsample(node, window, input) }
    let zeroPadded = input.padding?.mode == .constant(0)
    if let padding = input.padding, !zeroPadded, padding.mode != .constant(-.infinity) {
      throw refusal(node, "takes the maximum of a map that is padded with other numbers than zeros")
    }
    let isRectified = steps[input.step].operation == .relu
    if let partial = partialPool(window, input), isRectified || !zeroPadded {
      return try append(node, .maxPool(partial), reading: [input.step])
    }
    let padding = try evenPadding(node, window, input.padding)
    guard !zeroPadded || window.before == [0, 0] && window.after == [0, 0] else {
      throw refusal(node, "takes the maximum of a map that is padded twice")
    }
    // Zeros beyond the edge change no maximum of numbers that are not negative.
    let pool = Pool(
      kernel: window.kernel[0], stride: window.strides[0], padding: padding,
      padsWithZeros: zeroPadded && !isRectified)
    try append(node, .maxPool(pool), reading: [input.step])
  }

  /// A pool whose windows begin at the first pixel and take what they have at the far edges; nil for any other.
  private func partialPool(_ window: ONNXWindow, _ input: TrackedValue) -> Pool? {
    let step = steps[input.step]
    let pool = Pool(kernel: window.kernel[0], stride: window.strides[0], padding: 0, isPartial: true)
    let shape = pool.outputShape(
      of: [FeatureShape(channels: step.channels, height: step.height, width: step.width)])
    let isFirst = window.before == [0, 0] && (input.padding?.before ?? []).allSatisfy { $0 == 0 }
    return isFirst && window.output == [shape.height, shape.width] ? pool : nil
  }

  private func poolWindow(_ node: ONNXNode, _ input: TrackedValue) throws(ImportError) -> ONNXWindow {
    let shape = shape(node.input(0))
    guard shape.count == 4, !steps[input.step].isPooled else { throw refusal(node, "pools no map") }
    let window = try window(node, pixels: Array(shape[2...]))
    guard window.isSquare, window.dilations[0] == 1 else {
      throw refusal(node, "treats rows and columns differently, or skips pixels in its window")
    }
    return window
  }

  /// Every so many pixels.
  private mutating func subsample(
    _ node: ONNXNode, _ window: ONNXWindow, _ input: TrackedValue
  ) throws(ImportError) {
    guard window.before == [0, 0], window.after == [0, 0], input.padding == nil else {
      throw refusal(node, "pads a window of one pixel")
    }
    if window.strides == [1, 1] { return alias(node, input) }
    try append(
      node, .zeroPadShortcut(ZeroPadShortcut(stride: window.strides[0], padding: 0)), reading: [input.step])
  }

  mutating func averagePool(_ node: ONNXNode) throws(ImportError) {
    let input = try map(node, 0)
    let window = try poolWindow(node, input)
    let pixels = Array(shape(node.input(0))[2...])
    guard input.padding == nil || window.kernel != [1, 1] else {
      throw refusal(node, "pads a window of one pixel")
    }
    if window.kernel == [1, 1] { return try subsample(node, window, input) }
    if let padding = input.padding {
      throw refusal(node, "averages a map that is padded by \(padding.before) and \(padding.after)")
    }
    if window.kernel == pixels, window.before == [0, 0], window.after == [0, 0], window.output == [1, 1] {
      return try append(node, .globalAveragePool, reading: [input.step], isPooled: true)
    }
    let (kernel, stride) = (window.kernel[0], window.strides[0])
    guard window.before == [0, 0] else { throw refusal(node, "pads before the first pixel") }
    let overhangs = zip(window.output, pixels).contains { ($0 - 1) * stride + kernel > $1 }
    let edge: AveragePool.Edge
    if !overhangs {
      edge = node.integer("ceil_mode") == 1 && node.integer("count_include_pad") != 1 ? .partial : .dropped
    } else if node.integer("count_include_pad") != 1 {
      edge = .partial
    } else if stride == 1, window.output == pixels {
      edge = .zeros
    } else {
      throw refusal(node, "counts zeros beyond the edge")
    }
    try append(
      node, .averagePool(AveragePool(kernel: kernel, stride: stride, edge: edge)), reading: [input.step])
  }

  mutating func globalPool(_ node: ONNXNode, _ operation: Operation) throws(ImportError) {
    let input = try value(node, 0)
    let step = try step(node, 0)
    if node.kind.hasPrefix("Reduce") {
      let rank = shape(node.input(0)).count
      let named = node.integers("axes") ?? node.input(1).flatMap { values[$0]?.integers } ?? []
      let axes = Set(named.map { $0 < 0 ? $0 + rank : $0 })
      // One pixel is its own mean.
      if steps[step].isPooled, !axes.contains(0), axes.allSatisfy({ shape(node.input(0))[$0] == 1 }) {
        return alias(node, input)
      }
      let pixels = Set(input.layout.indices.filter { input.layout[$0] >= 2 })
      guard rank == 4, axes == pixels, !steps[step].isPooled else {
        throw refusal(node, "reduces the axes \(named), which are not those of the pixels")
      }
    } else {
      _ = try map(node, 0)
      if steps[step].isPooled { return alias(node, input) }
    }
    try append(node, operation, reading: [step], isPooled: true)
  }

  // MARK: Moving elements

  mutating func padding(_ node: ONNXNode) throws(ImportError) {
    var input = try value(node, 0)
    let step = try step(node, 0)
    guard !steps[step].isPooled, let axes = padAxes(node) else { throw refusal(node, "pads no map") }
    guard let padding = axes.isEmpty ? nil : axes.padding(layout: input.layout) else {
      return alias(node, input)
    }
    if padding.before[1] == 0, padding.after[1] == 0 {
      input.padding = padding
      return alias(node, input)
    }
    guard padding.mode == .constant(0), padding.before[2...] == [0, 0], padding.after[2...] == [0, 0],
      padding.before[1] == padding.after[1], input.layout == [0, 1, 2, 3]
    else { throw refusal(node, "puts other channels around a map than as many zeros on both sides") }
    try padChannels(node, step, by: padding.before[1], isOnlyReader: isOnlyReader(node, 0))
  }

  /// True if nothing else reads a node's input.
  func isOnlyReader(_ node: ONNXNode, _ index: Int) -> Bool {
    node.input(index).map { readerCounts[$0] == 1 } ?? false
  }

  /// The numbers of a Pad node, by the axes of its value.
  private func padAxes(_ node: ONNXNode) -> PadAxes? {
    let rank = shape(node.input(0)).count
    guard rank == 4 else { return nil }
    let pads =
      node.integers("pads") ?? node.integers("paddings") ?? node.input(1).flatMap { values[$0]?.integers }
    var axes = Array(0..<rank)
    if let name = node.input(3) {
      guard let named = values[name]?.integers else { return nil }
      axes = named.map { $0 < 0 ? $0 + rank : $0 }
    }
    guard let pads, pads.count == 2 * axes.count, axes.allSatisfy((0..<rank).contains),
      pads.allSatisfy({ $0 >= 0 })
    else { return nil }
    var mode = ONNXPadding.Mode.reflected
    switch node.text("mode") ?? "constant" {
    case "constant":
      if let name = node.input(2) {
        guard let number = values[name]?.floats?.first else { return nil }
        mode = .constant(number <= -3e38 ? -.infinity : number)
      } else {
        mode = .constant(node.float("value") ?? 0)
      }
    case "reflect": break
    default: return nil
    }
    return PadAxes(axes: axes, pads: pads, mode: mode)
  }

  mutating func slice(_ node: ONNXNode) throws(ImportError) {
    let input = try value(node, 0)
    let step = try step(node, 0)
    let (before, after) = (shape(node.input(0)), shape(node.outputs.first))
    func numbers(_ name: String, _ index: Int) -> [Int]? {
      node.integers(name) ?? node.input(index).flatMap { values[$0]?.integers }
    }
    let starts = numbers("starts", 1) ?? []
    let axes = numbers("axes", 3) ?? Array(starts.indices)
    let steps = numbers("steps", 4) ?? Array(repeating: 1, count: starts.count)
    if before == after, steps.allSatisfy({ $0 == 1 }) { return alias(node, input) }
    if step == 0, before == after, steps == [-1], axes.first.map({ input.layout[$0 < 0 ? $0 + 4 : $0] }) == 1
    {
      return try reverseInput(node, input)
    }
    _ = try map(node, 0)
    var strides = [1, 1, 1, 1]
    for (axis, (start, step)) in zip(axes, zip(starts, steps)) {
      let front = axis < 0 ? axis + 4 : axis
      guard (0..<4).contains(front), start == 0 else { throw refusal(node, "takes a part of a map") }
      strides[front] = step
    }
    guard before.count == 4, strides[..<2] == [1, 1], strides[2] == strides[3], strides[2] > 1,
      zip(before, zip(after, strides)).allSatisfy({ $1.0 == ($0 + $1.1 - 1) / max($1.1, 1) })
    else { throw refusal(node, "takes a part of a map") }
    try append(
      node, .zeroPadShortcut(ZeroPadShortcut(stride: strides[2], padding: 0)), reading: [step])
  }

  /// A node that turns the order of the input's channels, as from red, green, blue to blue, green, red.
  mutating func gather(_ node: ONNXNode) throws(ImportError) {
    let input = try value(node, 0)
    let rank = shape(node.input(0)).count
    let axis = node.integer("axis") ?? 0
    let order = node.input(1).flatMap { values[$0]?.integers } ?? []
    guard try step(node, 0) == 0, rank == 4, (-4..<4).contains(axis),
      input.layout[axis < 0 ? axis + 4 : axis] == 1,
      order == Array((0..<inputScale.count).reversed())
    else { throw refusal(node, "takes a part of a value") }
    try reverseInput(node, input)
  }

  private mutating func reverseInput(_ node: ONNXNode, _ input: TrackedValue) throws(ImportError) {
    guard inputScale.count == 3, isOnlyReader(node, 0), input.padding == nil else {
      throw refusal(node, "turns the order of channels beside other layers that read them")
    }
    isInputReversed.toggle()
    inputScale.reverse()
    inputShift.reverse()
    alias(node, input)
  }

  mutating func transpose(_ node: ONNXNode) throws(ImportError) {
    var input = try value(node, 0)
    let step = try step(node, 0)
    let shape = shape(node.input(0))
    let order = node.integers("perm") ?? shape.indices.reversed()
    guard order.first == 0 || shape.first == 1 else {
      throw refusal(node, "turns images into something else")
    }
    if !steps[step].isPooled {
      guard order.sorted() == [0, 1, 2, 3] else { throw refusal(node, "turns a value of extents \(shape)") }
      input.layout = order.map { input.layout[$0] }
    }
    alias(node, input)
  }

  /// A node that repeats the numbers of a gate for all pixels, which the product with a map does anyway.
  mutating func expand(_ node: ONNXNode) throws(ImportError) {
    let input = try value(node, 0)
    let (before, after) = (shape(node.input(0)), shape(node.outputs.first))
    guard steps[input.step].isPooled, before.count == 4, after.count == 4, before[1] == after[1] else {
      throw refusal(node, "repeats the elements of a value")
    }
    alias(node, input)
  }

  /// A node that gives a value other extents and leaves its elements in their order.
  mutating func reshape(_ node: ONNXNode) throws(ImportError) {
    var input = try value(node, 0)
    let (before, after) = (shape(node.input(0)), shape(node.outputs.first))
    let step = steps[input.step]
    if step.isPooled || before == after, input.grouping == nil { return alias(node, input) }
    guard input.padding == nil, input.layout == [0, 1, 2, 3] else {
      throw refusal(node, "makes a value of extents \(after) of one of \(before)")
    }
    let map = [step.channels, step.height, step.width]
    if let grouping = input.grouping, after.count == 4, Array(after[1...]) == map {
      guard let epsilon = grouping.epsilon else {
        input.grouping = nil
        return alias(node, input)
      }
      let norm = GroupNormalization(channels: step.channels, groups: grouping.groups, epsilon: epsilon)
      return try append(
        node, .groupNormalization(norm), reading: [input.step], ["weight": .filled(1), "bias": .filled(0)])
    }
    guard input.grouping == nil || input.grouping?.epsilon == nil || after.prefix(2) == before.prefix(2)
    else {
      throw refusal(node, "makes a value of extents \(after) of one of \(before)")
    }
    guard after.count >= 3, after[0] == before[0], after[1] > 1, step.channels % after[1] == 0,
      before.count == 4 || input.grouping != nil
    else {
      let pixels = step.height * step.width
      throw refusal(
        node,
        pixels > 1 && after.count == 2
          ? "reads all \(pixels) pixels of the last map; a network of this kind pools them"
          : "makes a value of extents \(after) of one of \(before)")
    }
    input.grouping = Grouping(groups: after[1], epsilon: input.grouping?.epsilon)
    alias(node, input)
  }
}

/// The numbers of a Pad node.
private struct PadAxes {
  var axes: [Int]
  var pads: [Int]
  var mode: ONNXPadding.Mode

  var isEmpty: Bool { pads.allSatisfy { $0 == 0 } }

  /// By image, channel, row and column.
  func padding(layout: [Int]) -> ONNXPadding {
    var padding = ONNXPadding(
      before: Array(repeating: 0, count: 4), after: Array(repeating: 0, count: 4), mode: mode)
    for (index, axis) in axes.enumerated() {
      padding.before[layout[axis]] = pads[index]
      padding.after[layout[axis]] = pads[index + axes.count]
    }
    return padding
  }
}
