import WeightFiles

extension ONNXCall {
  /// The first input with other extents.
  private func reshaped(_ shape: [Int]) throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    guard try require(shape) == input.count else {
      throw ONNXFault("makes a value of extents \(shape) of one of \(input.shape)")
    }
    return ONNXValue(shape: shape, input.elements)
  }

  func flatten() throws(ONNXFault) -> ONNXValue {
    let shape = try input(0).shape
    let given = node.integer("axis") ?? 1
    let axis = given == shape.count ? given : try axis(given, rank: shape.count)
    return try reshaped([shape[..<axis].reduce(1, *), shape[axis...].reduce(1, *)])
  }

  func reshape() throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    guard var shape = try integers("shape", orInput: 1) else { throw ONNXFault("has no extents") }
    guard shape.count <= 8 else { throw ONNXFault("makes a value of \(shape.count) dimensions") }
    for axis in shape.indices where shape[axis] == 0 && node.integer("allowzero") != 1 {
      guard axis < input.shape.count else { throw ONNXFault("keeps an extent that is not there") }
      shape[axis] = input.shape[axis]
    }
    if let free = shape.firstIndex(of: -1) {
      shape[free] = 1
      let rest = try require(shape)
      guard rest > 0, input.count % rest == 0 else {
        throw ONNXFault("makes a value of extents \(shape) of one of \(input.shape)")
      }
      shape[free] = input.count / rest
    }
    return try reshaped(shape)
  }

  func squeeze() throws(ONNXFault) -> ONNXValue {
    let shape = try input(0).shape
    let axes =
      try integers("axes", orInput: 1).map { named throws(ONNXFault) in
        try self.axes(named, rank: shape.count)
      } ?? shape.indices.filter { shape[$0] == 1 }
    guard axes.allSatisfy({ shape[$0] == 1 }) else { throw ONNXFault("drops axes \(axes) of \(shape)") }
    return try reshaped(shape.indices.filter { !axes.contains($0) }.map { shape[$0] })
  }

  func unsqueeze() throws(ONNXFault) -> ONNXValue {
    var shape = try input(0).shape
    guard let named = try integers("axes", orInput: 1), named.count <= 8 else {
      throw ONNXFault("has no axes")
    }
    for axis in try axes(named, rank: shape.count + named.count).sorted() { shape.insert(1, at: axis) }
    return try reshaped(shape)
  }

  /// The elements of the first input at the places that `strides` give.
  private func picked(_ shape: [Int], strides: [Int], from start: Int = 0) throws(ONNXFault) -> ONNXValue {
    try require(shape)
    guard isComputed(shape) else { return ONNXValue(shape: shape, .unknown) }
    func pick<Number>(_ elements: [Number]) -> [Number] {
      var output: [Number] = []
      output.reserveCapacity(shape.reduce(1, *))
      visit(shape, strides: strides, from: start) { output.append(elements[$0]) }
      return output
    }
    switch try input(0).elements {
    case .floats(let floats): return ONNXValue(shape: shape, .floats(pick(floats)))
    case .integers(let integers): return ONNXValue(shape: shape, .integers(pick(integers)))
    case .unknown: return ONNXValue(shape: shape, .unknown)
    }
  }

  func transpose() throws(ONNXFault) -> ONNXValue {
    let shape = try input(0).shape
    let order = node.integers("perm") ?? shape.indices.reversed()
    guard order.sorted() == Array(shape.indices) else { throw ONNXFault("orders \(shape) by \(order)") }
    let strides = unitStrides(of: shape)
    return try picked(order.map { shape[$0] }, strides: order.map { strides[$0] })
  }

  func shape() throws(ONNXFault) -> ONNXValue {
    let shape = try input(0).shape
    func bound(_ name: String, _ usual: Int) -> Int {
      let value = node.integer(name) ?? usual
      return min(max(value < 0 ? value + shape.count : value, 0), shape.count)
    }
    let (start, end) = (bound("start", 0), bound("end", shape.count))
    let part = start < end ? Array(shape[start..<end]) : []
    return ONNXValue(shape: [part.count], .integers(part))
  }

  func gather() throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let axis = try self.axis(node.integer("axis") ?? 0, rank: input.shape.count)
    let places = try integers(1)
    let extent = input.shape[axis]
    var front: [Int] = []
    for place in places {
      let index = place < 0 ? place + extent : place
      guard (0..<extent).contains(index) else { throw ONNXFault("takes element \(place) of \(extent)") }
      front.append(index)
    }
    let shape = Array(input.shape[..<axis]) + (try self.input(1).shape) + input.shape[(axis + 1)...]
    if try require(shape) == 0 { return ONNXValue(shape: shape, input.elements.none) }
    guard isComputed(shape) else { return ONNXValue(shape: shape, .unknown) }
    let (outer, inner) = (input.shape[..<axis].reduce(1, *), input.shape[(axis + 1)...].reduce(1, *))
    func pick<Number>(_ elements: [Number]) -> [Number] {
      (0..<outer).flatMap { row in
        front.flatMap { place in
          let start = (row * extent + place) * inner
          return elements[start..<start + inner]
        }
      }
    }
    switch input.elements {
    case .floats(let floats): return ONNXValue(shape: shape, .floats(pick(floats)))
    case .integers(let integers): return ONNXValue(shape: shape, .integers(pick(integers)))
    case .unknown: return ONNXValue(shape: shape, .unknown)
    }
  }

  func concatenate() throws(ONNXFault) -> ONNXValue {
    var parts: [ONNXValue] = []
    for index in inputs.indices { parts.append(try input(index)) }
    guard var shape = parts.first?.shape else { throw ONNXFault("has no inputs") }
    let axis = try self.axis(node.integer("axis") ?? 1, rank: shape.count)
    for part in parts {
      guard part.shape.count == shape.count,
        part.shape.indices.allSatisfy({ $0 == axis || part.shape[$0] == shape[$0] })
      else { throw ONNXFault("joins values of extents \(parts.map(\.shape))") }
    }
    var total = 0
    for part in parts { total = total.addingReportingOverflow(part.shape[axis]).partialValue }
    shape[axis] = total
    if try require(shape) == 0 { return ONNXValue(shape: shape, parts[0].elements.none) }
    guard isComputed(shape) else { return ONNXValue(shape: shape, .unknown) }
    let outer = shape[..<axis].reduce(1, *)
    func join<Number>(_ elements: [[Number]]) -> [Number] {
      (0..<outer).flatMap { row in
        elements.flatMap { part in
          let size = part.count / outer
          return part[row * size..<(row + 1) * size]
        }
      }
    }
    let integers = parts.compactMap(\.integers)
    if integers.count == parts.count { return ONNXValue(shape: shape, .integers(join(integers))) }
    let floats = parts.compactMap(\.floats)
    if floats.count == parts.count { return ONNXValue(shape: shape, .floats(join(floats))) }
    return ONNXValue(shape: shape, .unknown)
  }

  /// The parts of the first input that a Slice takes: for each axis its first place, its step and its count.
  func sliceBounds() throws(ONNXFault) -> [(start: Int, step: Int, count: Int)] {
    let shape = try input(0).shape
    guard let starts = try integers("starts", orInput: 1), let ends = try integers("ends", orInput: 2),
      starts.count == ends.count, starts.count <= shape.count
    else { throw ONNXFault("has no sound bounds") }
    let named = try integers("axes", orInput: 3) ?? Array(starts.indices)
    let steps = try integers("steps", orInput: 4) ?? Array(repeating: 1, count: starts.count)
    let axes = try axes(named, rank: shape.count)
    guard axes.count == starts.count, steps.count == starts.count else {
      throw ONNXFault("has no sound bounds")
    }
    var bounds = shape.map { (start: 0, step: 1, count: $0) }
    for (index, axis) in axes.enumerated() {
      let (extent, step) = (shape[axis], steps[index])
      guard step != 0, step.magnitude <= 65536 else { throw ONNXFault("takes every \(step)th element") }
      func clamp(_ value: Int, _ range: ClosedRange<Int>) -> Int {
        let front = value < 0 ? value.addingReportingOverflow(extent).partialValue : value
        return min(max(front, range.lowerBound), range.upperBound)
      }
      let start = clamp(starts[index], step > 0 ? 0...extent : 0...max(extent - 1, 0))
      let end = step > 0 ? clamp(ends[index], 0...extent) : clamp(ends[index], -1...max(extent - 1, 0))
      let distance = step > 0 ? end - start : start - end
      let size = Int(step.magnitude)
      bounds[axis] = (start, step, extent == 0 || distance <= 0 ? 0 : (distance + size - 1) / size)
    }
    return bounds
  }

  func slice() throws(ONNXFault) -> ONNXValue {
    let bounds = try sliceBounds()
    let strides = unitStrides(of: try input(0).shape)
    return try picked(
      bounds.map(\.count), strides: zip(bounds, strides).map { $0.step * $1 },
      from: zip(bounds, strides).reduce(0) { $0 + $1.0.start * $1.1 })
  }

  func split() throws(ONNXFault) -> [ONNXValue] {
    let shape = try input(0).shape
    let axis = try self.axis(node.integer("axis") ?? 0, rank: shape.count)
    let count = max(node.outputs.count, 1)
    let even = (shape[axis] + count - 1) / count
    let sizes =
      try integers("split", orInput: 1)
      ?? (0..<count).map { min(even, max(shape[axis] - $0 * even, 0)) }
    guard sizes.allSatisfy({ (0...shape[axis]).contains($0) }), sizes.count <= 4096,
      sizes.reduce(0, +) == shape[axis]
    else { throw ONNXFault("splits \(shape[axis]) into \(sizes)") }
    let strides = unitStrides(of: shape)
    var start = 0
    var parts: [ONNXValue] = []
    for size in sizes {
      var part = shape
      part[axis] = size
      parts.append(try picked(part, strides: strides, from: start * strides[axis]))
      start += size
    }
    return parts
  }

  func constantOfShape() throws(ONNXFault) -> ONNXValue {
    let shape = try integers(0)
    let count = try require(shape)
    guard count <= 4096, isComputed(shape) else { return ONNXValue(shape: shape, .unknown) }
    switch fill?.elements {
    case .integers(let numbers) where numbers.count == 1:
      return ONNXValue(shape: shape, .integers(Array(repeating: numbers[0], count: count)))
    case .floats(let numbers) where numbers.count == 1:
      return ONNXValue(shape: shape, .floats(Array(repeating: numbers[0], count: count)))
    case nil: return ONNXValue(shape: shape, .floats(Array(repeating: 0, count: count)))
    default: throw ONNXFault("fills a value with other than one number")
    }
  }

  func expand() throws(ONNXFault) -> ONNXValue {
    let input = try input(0)
    let shape = try broadcast(input.shape, try integers(1))
    let own = unitStrides(of: input.shape)
    let missing = shape.count - input.shape.count
    return try picked(
      shape,
      strides: shape.indices.map { axis in
        axis < missing || input.shape[axis - missing] == 1 ? 0 : own[axis - missing]
      })
  }
}
