import WeightFiles

extension ONNXCall {
  /// The place of each element of a value along the axis that scales have, and its number of places.
  private func lanes(_ shape: [Int], scale: ONNXValue) throws(ONNXFault) -> (Int) -> Int {
    if scale.count == 1 { return { _ in 0 } }
    let axis = try self.axis(node.integer("axis") ?? 1, rank: shape.count)
    guard scale.shape == [shape[axis]], node.integer("block_size") ?? 0 == 0 else {
      throw ONNXFault("has scales of extents \(scale.shape) for a value of \(shape)")
    }
    let inner = shape[(axis + 1)...].reduce(1, *)
    let count = shape[axis]
    return { $0 / max(inner, 1) % max(count, 1) }
  }

  func dequantize() throws(ONNXFault) -> ONNXValue {
    let (input, scale) = (try input(0), try input(1))
    let lane = try lanes(input.shape, scale: scale)
    let zero = optional(2)
    if let zero, zero.count != scale.count {
      throw ONNXFault("has \(zero.count) zero points for \(scale.count) scales")
    }
    return try value(input.shape) { () throws(ONNXFault) in
      guard let floats = input.floats, let scales = scale.floats else { return nil }
      guard let zero else { return floats.indices.map { floats[$0] * scales[lane($0)] } }
      guard let zeros = zero.floats else { return nil }
      return floats.indices.map { (floats[$0] - zeros[lane($0)]) * scales[lane($0)] }
    }
  }

  func quantize() throws(ONNXFault) -> ONNXValue {
    let (input, scale) = (try input(0), try input(1))
    let lane = try lanes(input.shape, scale: scale)
    let zero = optional(2)
    if let zero, zero.count != scale.count {
      throw ONNXFault("has \(zero.count) zero points for \(scale.count) scales")
    }
    let isSigned = quantizedType == .int8
    guard isSigned || quantizedType == .uint8 else {
      throw ONNXFault("makes other integers than those of 8 bits")
    }
    let range: ClosedRange<Float> = isSigned ? -128...127 : 0...255
    return try value(input.shape) { () throws(ONNXFault) in
      guard let floats = input.floats, let scales = scale.floats else { return nil }
      let zeros = zero?.floats ?? Array(repeating: 0, count: scales.count)
      return floats.indices.map { index in
        let rounded = (floats[index] / scales[lane(index)]).rounded(.toNearestOrEven) + zeros[lane(index)]
        return min(max(rounded, range.lowerBound), range.upperBound)
      }
    }
  }
}
