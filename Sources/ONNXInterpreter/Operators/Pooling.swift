import WeightFiles

extension ONNXCall {
  func pool(isMaximum: Bool) throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    guard input.shape.count == 4 else { throw ONNXFault("pools a value of extents \(input.shape)") }
    let pixels = Array(input.shape[2...])
    let window = try ONNXWindow(node, pixels: pixels)
    let countsPadding = node.integer("count_include_pad") == 1
    return try value(Array(input.shape[..<2]) + window.output) { () throws(ONNXFault) in
      guard let floats = input.floats else { return nil }
      let (height, width) = (pixels[0], pixels[1])
      /// The taps of a window along one axis that lie on pixels, and the number of those that count.
      func taps(_ axis: Int, _ index: Int) -> (places: StrideTo<Int>, count: Int) {
        let (step, start) = (window.dilations[axis], index * window.strides[axis] - window.before[axis])
        let end = start + (window.kernel[axis] - 1) * step + 1
        let first = start < 0 ? start + (-start + step - 1) / step * step : start
        let places = stride(from: first, to: min(end, pixels[axis]), by: step)
        let last = min(end, pixels[axis] + window.after[axis])
        return (places, countsPadding ? (last - start + step - 1) / step : places.underestimatedCount)
      }
      var output: [Float] = []
      output.reserveCapacity(input.shape[0] * input.shape[1] * window.output[0] * window.output[1])
      for plane in 0..<input.shape[0] * input.shape[1] {
        let start = plane * height * width
        for y in 0..<window.output[0] {
          let rows = taps(0, y)
          for x in 0..<window.output[1] {
            let columns = taps(1, x)
            var result: Float = isMaximum ? -.infinity : 0
            for row in rows.places {
              for column in columns.places {
                let value = floats[start + row * width + column]
                result = isMaximum ? max(result, value) : result + value
              }
            }
            output.append(isMaximum ? result : result / Float(rows.count * columns.count))
          }
        }
      }
      return output
    }
  }

  func globalPool(isMaximum: Bool) throws(ONNXFault) -> ONNXValue {
    let shape = try input(0).shape
    guard shape.count > 2 else { throw ONNXFault("pools a value of extents \(shape)") }
    return try reduce(isMaximum ? .maximum : .mean, axes: Array(2..<shape.count), keepsAxes: true)
  }

  /// The number that is made of many.
  enum Reduction {
    case mean
    case maximum
    case sum
  }

  func reduce(_ reduction: Reduction) throws(ONNXFault) -> ONNXValue {
    let rank = try input(0).shape.count
    let named = try integers("axes", orInput: 1) ?? []
    if named.isEmpty, node.integer("noop_with_empty_axes") == 1 { return try input(0) }
    return try reduce(
      reduction, axes: named.isEmpty ? Array(0..<rank) : try axes(named, rank: rank),
      keepsAxes: node.integer("keepdims") ?? 1 == 1)
  }

  private func reduce(
    _ reduction: Reduction, axes: [Int], keepsAxes: Bool
  ) throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let kept = input.shape.indices.filter { !axes.contains($0) }
    let shape =
      keepsAxes
      ? input.shape.indices.map { axes.contains($0) ? 1 : input.shape[$0] } : kept.map { input.shape[$0] }
    let strides = unitStrides(of: input.shape)
    return try value(shape) { () throws(ONNXFault) in
      guard let floats = input.floats else { return nil }
      var output: [Float] = []
      let inner = axes.map { input.shape[$0] }
      let count = inner.reduce(1, *)
      visit(kept.map { input.shape[$0] }, strides: kept.map { strides[$0] }) { start in
        var sum = 0.0
        var largest = -Float.infinity
        visit(inner, strides: axes.map { strides[$0] }, from: start) { place in
          sum += Double(floats[place])
          largest = max(largest, floats[place])
        }
        switch reduction {
        case .mean: output.append(Float(sum / Double(max(count, 1))))
        case .sum: output.append(Float(sum))
        case .maximum: output.append(largest)
        }
      }
      return output
    }
  }
}
