package import WeightFiles

/// The window of a convolution or pool along each axis of pixels, its padding worked out.
package struct ONNXWindow: Hashable, Sendable {
  package var kernel: [Int]
  package var strides: [Int]
  package var dilations: [Int]
  /// Pixels before the first one.
  package var before: [Int]
  /// Pixels after the last one.
  package var after: [Int]
  /// Windows along each axis.
  package var output: [Int]

  /// - Parameters:
  ///   - pixels: the extents of the map.
  ///   - kernel: the taps along each axis, where the node does not say.
  package init(_ node: ONNXNode, pixels: [Int], kernel: [Int]? = nil) throws(ONNXFault) {
    let rank = pixels.count
    let ones = Array(repeating: 1, count: rank)
    guard let taps = node.integers("kernel_shape") ?? kernel, kernel == nil || taps == kernel else {
      throw ONNXFault("has no kernel, or another than its weights")
    }
    self.kernel = taps
    strides = node.integers("strides") ?? ones
    dilations = node.integers("dilations") ?? ones
    let pads = node.integers("pads") ?? Array(repeating: 0, count: 2 * rank)
    for (name, values, count, least) in [
      ("kernel_shape", taps, rank, 1), ("strides", strides, rank, 1), ("dilations", dilations, rank, 1),
      ("pads", pads, 2 * rank, 0),
    ] {
      guard values.count == count, values.allSatisfy({ (least...65536).contains($0) }) else {
        throw ONNXFault("has \(name) \(values) over \(rank) axes")
      }
    }
    before = Array(pads[..<rank])
    after = Array(pads[rank...])
    output = []
    let mode = node.text("auto_pad") ?? "NOTSET"
    let roundsUp = node.integer("ceil_mode") == 1
    for axis in 0..<rank {
      let reach = dilations[axis] * (taps[axis] - 1) + 1
      switch mode {
      case "NOTSET", "": break
      case "VALID": (before[axis], after[axis]) = (0, 0)
      case "SAME_UPPER", "SAME_LOWER":
        let windows = (pixels[axis] + strides[axis] - 1) / strides[axis]
        let total = max((windows - 1) * strides[axis] + reach - pixels[axis], 0)
        before[axis] = mode == "SAME_UPPER" ? total / 2 : (total + 1) / 2
        after[axis] = total - before[axis]
      default: throw ONNXFault("pads by the rule '\(mode)', which ONNX does not have")
      }
      let room = pixels[axis] + before[axis] + after[axis] - reach
      guard room >= 0 else { throw ONNXFault("has a window of \(reach) pixels over \(pixels[axis])") }
      var windows = (roundsUp ? room + strides[axis] - 1 : room) / strides[axis] + 1
      // A window may not begin beyond the pixels.
      if roundsUp, (windows - 1) * strides[axis] >= pixels[axis] + before[axis] { windows -= 1 }
      output.append(windows)
    }
  }

  /// True if both axes are treated alike.
  package var isSquare: Bool {
    Set(kernel).count == 1 && Set(strides).count == 1 && Set(dilations).count == 1
  }
}
