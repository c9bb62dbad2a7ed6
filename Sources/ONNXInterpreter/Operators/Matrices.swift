import WeightFiles

extension ONNXCall {
  func gemm() throws(ONNXFault) -> ONNXValue {
    let (first, second) = (try input(0), try input(1))
    guard first.shape.count == 2, second.shape.count == 2 else {
      throw ONNXFault("multiplies values of extents \(first.shape) and \(second.shape)")
    }
    let isTransposed = (node.integer("transA") == 1, node.integer("transB") == 1)
    let product = try product(
      first, second, rows: first.shape[isTransposed.0 ? 1 : 0], inner: first.shape[isTransposed.0 ? 0 : 1],
      columns: second.shape[isTransposed.1 ? 0 : 1], innerOfSecond: second.shape[isTransposed.1 ? 1 : 0],
      isTransposed)
    let (alpha, beta) = (node.float("alpha") ?? 1, node.float("beta") ?? 1)
    let shape = product.shape
    guard let third = optional(2) else {
      return try value(shape) { () throws(ONNXFault) in product.floats?.map { $0 * alpha } }
    }
    guard try broadcast(shape, third.shape) == shape else {
      throw ONNXFault("adds a value of extents \(third.shape) to one of \(shape)")
    }
    return try value(shape) { () throws(ONNXFault) in
      guard let sums = product.floats, let added = third.floats else { return nil }
      let wide = Array(repeating: 1, count: 2 - third.shape.count) + third.shape
      return sums.indices.map { index in
        let (row, column) = (index / shape[1], index % shape[1])
        let place = (wide[0] == 1 ? 0 : row * wide[1]) + (wide[1] == 1 ? 0 : column)
        return sums[index] * alpha + added[place] * beta
      }
    }
  }

  func matrixProduct() throws(ONNXFault) -> ONNXValue {
    let (first, second) = (try input(0), try input(1))
    guard let inner = first.shape.last, first.shape.count >= 2, second.shape.count == 2 else {
      throw ONNXFault("multiplies values of extents \(first.shape) and \(second.shape)")
    }
    let product = try product(
      first, second, rows: first.shape.dropLast().reduce(1, *), inner: inner, columns: second.shape[1],
      innerOfSecond: second.shape[0], (false, false))
    let shape = Array(first.shape.dropLast()) + [second.shape[1]]
    try require(shape)
    return ONNXValue(shape: shape, product.elements)
  }

  private func product(
    _ first: ONNXValue, _ second: ONNXValue, rows: Int, inner: Int, columns: Int, innerOfSecond: Int,
    _ isTransposed: (Bool, Bool)
  ) throws(ONNXFault) -> ONNXValue {
    guard inner == innerOfSecond else {
      throw ONNXFault("multiplies values of extents \(first.shape) and \(second.shape)")
    }
    return try value([rows, columns]) { () throws(ONNXFault) in
      guard let a = first.floats, let b = second.floats else { return nil }
      var output: [Float] = []
      for row in 0..<rows {
        var sums = Array(repeating: 0.0, count: columns)
        for index in 0..<inner {
          let factor = Double(a[isTransposed.0 ? index * rows + row : row * inner + index])
          if isTransposed.1 {
            for column in 0..<columns { sums[column] += factor * Double(b[column * inner + index]) }
          } else {
            for column in 0..<columns { sums[column] += factor * Double(b[index * columns + column]) }
          }
        }
        output += sums.map { Float($0) }
      }
      return output
    }
  }
}
