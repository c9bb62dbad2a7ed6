import WeightFiles

/// The elements that a Pad node puts around a value.
package struct ONNXPadding: Hashable, Sendable {
  /// Elements before the first one, for each axis.
  package var before: [Int]
  /// Elements after the last one, for each axis.
  package var after: [Int]
  package var mode: Mode

  package init(before: [Int], after: [Int], mode: Mode) {
    self.before = before
    self.after = after
    self.mode = mode
  }

  package enum Mode: Hashable, Sendable {
    case constant(Float)
    case reflected
  }
}

extension ONNXCall {
  func padding() throws(ONNXFault) -> ONNXPadding {
    let rank = try input(0).shape.count
    let attribute = node.integers("pads") ?? node.integers("paddings")
    let pads: [Int]
    if let attribute { pads = attribute } else { pads = try integers(1) }
    let axes = try optional(3) == nil ? Array(0..<rank) : axes(try integers(3), rank: rank)
    guard pads.count == 2 * axes.count, pads.allSatisfy({ (0...65536).contains($0) }) else {
      throw ONNXFault("pads \(rank) axes by \(pads)")
    }
    var padding = ONNXPadding(
      before: Array(repeating: 0, count: rank), after: Array(repeating: 0, count: rank), mode: .reflected)
    for (index, axis) in axes.enumerated() {
      padding.before[axis] = pads[index]
      padding.after[axis] = pads[index + axes.count]
    }
    switch node.text("mode") ?? "constant" {
    case "constant":
      var value = node.float("value") ?? 0
      if let given = optional(2) {
        guard let known = given.floats?.first else {
          throw ONNXFault("pads with a number that is not constant")
        }
        value = known
      }
      padding.mode = .constant(value)
    case "reflect":
      let shape = try input(0).shape
      for axis in shape.indices where max(padding.before[axis], padding.after[axis]) >= max(shape[axis], 1) {
        throw ONNXFault("reflects more than the \(shape[axis]) elements of an axis")
      }
    case let mode: throw ONNXFault("pads by the rule '\(mode)'")
    }
    return padding
  }

  func pad() throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let padding = try self.padding()
    let shape = input.shape.indices.map { input.shape[$0] + padding.before[$0] + padding.after[$0] }
    let strides = unitStrides(of: input.shape)
    return try value(shape) { () throws(ONNXFault) in
      guard let floats = input.floats else { return nil }
      /// The place along an axis that an element of the padded value comes from; nil for none.
      let sources: [[Int?]] = shape.indices.map { axis in
        (0..<shape[axis]).map { index in
          let place = index - padding.before[axis]
          if (0..<input.shape[axis]).contains(place) { return place }
          guard case .reflected = padding.mode else { return nil }
          return place < 0 ? -place : 2 * (input.shape[axis] - 1) - place
        }
      }
      var fill: Float = 0
      if case .constant(let value) = padding.mode { fill = value }
      var output: [Float] = []
      output.reserveCapacity(shape.reduce(1, *))
      let own = unitStrides(of: shape)
      visit(shape, strides: own) { index in
        var place: Int? = 0
        for axis in shape.indices {
          guard let source = sources[axis][index / own[axis] % shape[axis]] else {
            place = nil
            break
          }
          place = place.map { $0 + source * strides[axis] }
        }
        output.append(place.map { floats[$0] } ?? fill)
      }
      return output
    }
  }
}
