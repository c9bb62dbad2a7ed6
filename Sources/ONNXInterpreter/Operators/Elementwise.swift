import Platform
import WeightFiles

extension ONNXCall {
  /// The extents that two values have together.
  func broadcast(_ first: [Int], _ second: [Int]) throws(ONNXFault) -> [Int] {
    let rank = max(first.count, second.count)
    var shape: [Int] = []
    for axis in 0..<rank {
      let a = axis + first.count - rank >= 0 ? first[axis + first.count - rank] : 1
      let b = axis + second.count - rank >= 0 ? second[axis + second.count - rank] : 1
      guard a == b || a == 1 || b == 1 else {
        throw ONNXFault("joins values of extents \(first) and \(second), which do not go together")
      }
      shape.append(a == 1 ? b : a)
    }
    return shape
  }

  /// The place in a value's elements for each element of a larger shape.
  private static func places(_ operand: [Int], in shape: [Int]) -> [Int] {
    let own = unitStrides(of: operand)
    let missing = shape.count - operand.count
    let strides = shape.indices.map { axis in
      axis < missing || operand[axis - missing] == 1 ? 0 : own[axis - missing]
    }
    var places: [Int] = []
    places.reserveCapacity(shape.reduce(1, *))
    visit(shape, strides: strides) { places.append($0) }
    return places
  }

  func binary(
    _ float: (Float, Float) -> Float, _ integer: (Int, Int) -> Int
  ) throws(ONNXFault) -> ONNXValue {
    let first = try input(0)
    var second = try input(1)
    // Before operator set 7 the second value's first axis was named.
    if node.integer("broadcast") == 1, let named = node.integer("axis") {
      let rank = first.shape.count
      let axis = named == rank ? named : try self.axis(named, rank: rank)
      let missing = rank - axis - second.shape.count
      if missing > 0 { second.shape += Array(repeating: 1, count: missing) }
    }
    return try combine(first, second, float, integer)
  }

  private func combine(
    _ first: ONNXValue, _ second: ONNXValue, _ float: (Float, Float) -> Float,
    _ integer: (Int, Int) -> Int
  ) throws(ONNXFault) -> ONNXValue {
    let shape = try broadcast(first.shape, second.shape)
    try require(shape)
    guard isComputed(shape) else { return ONNXValue(shape: shape, .unknown) }
    func join<Number>(_ a: [Number], _ b: [Number], _ body: (Number, Number) -> Number) -> [Number] {
      if first.shape == second.shape { return a.indices.map { body(a[$0], b[$0]) } }
      if b.count == 1 { return a.map { body($0, b[0]) } }
      return zip(Self.places(first.shape, in: shape), Self.places(second.shape, in: shape)).map {
        body(a[$0], b[$1])
      }
    }
    if let a = first.integers, let b = second.integers {
      return ONNXValue(shape: shape, .integers(join(a, b, integer)))
    }
    guard let a = first.floats, let b = second.floats else { return ONNXValue(shape: shape, .unknown) }
    return ONNXValue(shape: shape, .floats(join(a, b, float)))
  }

  /// Joins all inputs, the first two first.
  func fold(_ body: (Float, Float) -> Float) throws(ONNXFault) -> ONNXValue {
    var result = try input(0)
    for index in inputs.indices.dropFirst() {
      result = try combine(result, try input(index), body) { Int(exactly: body(Float($0), Float($1))) ?? 0 }
    }
    return result
  }

  func mean() throws(ONNXFault) -> ONNXValue {
    let sum = try fold(+)
    return try value(sum.shape) { () throws(ONNXFault) in sum.floats?.map { $0 / Float(inputs.count) } }
  }

  func power() throws(ONNXFault) -> ONNXValue {
    try combine(
      try input(0), try input(1), { Float(pow(Double($0), Double($1))) },
      { Int(exactly: pow(Double($0), Double($1))) ?? 0 })
  }

  func map(_ body: (Float) -> Float) throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    return try value(input.shape) { () throws(ONNXFault) in input.floats?.map(body) }
  }

  func clip() throws(ONNXFault) -> ONNXValue {
    let low = optional(1)?.floats?.first ?? node.float("min") ?? -.infinity
    let high = optional(2)?.floats?.first ?? node.float("max") ?? .infinity
    return try map { min(max($0, low), high) }
  }

  func cast() throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let real = [1, 10, 11, 16]
    let isReal =
      node.integer("to").map { real.contains($0) }
      ?? node.text("to").map { ["FLOAT", "FLOAT16", "DOUBLE"].contains($0) } ?? true
    if isReal { return try value(input.shape) { () throws(ONNXFault) in input.floats } }
    if case .floats(let floats) = input.elements {
      guard isComputed(input.shape) else { return ONNXValue(shape: input.shape, .unknown) }
      return ONNXValue(
        shape: input.shape, .integers(floats.map { Int(exactly: $0.rounded(.towardZero)) ?? 0 }))
    }
    return input
  }

  func softmax(isLogarithmic: Bool) throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let rank = input.shape.count
    let axis = try self.axis(node.integer("axis") ?? (operatorSet < 13 ? 1 : -1), rank: rank)
    guard operatorSet < 13 || axis == rank - 1 || input.shape[(axis + 1)...].allSatisfy({ $0 == 1 }) else {
      throw ONNXFault("normalises along an axis that is not the last one")
    }
    return try value(input.shape) { () throws(ONNXFault) in
      guard var floats = input.floats else { return nil }
      let count = input.shape[axis...].reduce(1, *)
      for start in stride(from: 0, to: floats.count, by: max(count, 1)) {
        let row = start..<start + count
        let largest = Double(floats[row].max() ?? 0)
        let sum = floats[row].reduce(0.0) { $0 + exp(Double($1) - largest) }
        for index in row {
          let difference = Double(floats[index]) - largest
          floats[index] = Float(isLogarithmic ? difference - log(sum) : exp(difference) / sum)
        }
      }
      return floats
    }
  }
}
