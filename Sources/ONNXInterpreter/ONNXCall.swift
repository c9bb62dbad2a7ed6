import Threads
import WeightFiles

/// A node with the values that it reads. Extents are checked here and nowhere else.
struct ONNXCall {
  let node: ONNXNode
  /// The values that the node reads; nil for an optional one that is not there.
  let inputs: [ONNXValue?]
  /// The version of ONNX's operators.
  let operatorSet: Int
  let pool: WorkerPool
  /// Most elements of a value.
  let elementLimit: Int
  /// Most elements that are computed; those of larger values stay unknown.
  let knownLimit: Int
  /// The type of the integers that a quantisation makes; nil where it is not known.
  let quantizedType: ONNXType?
  /// The number that a ConstantOfShape repeats, where it says one.
  let fill: ONNXValue?

  func input(_ index: Int) throws(ONNXFault) -> ONNXValue {
    guard inputs.indices.contains(index), let value = inputs[index] else {
      throw ONNXFault("lacks its input \(index)")
    }
    return value
  }

  func optional(_ index: Int) -> ONNXValue? {
    inputs.indices.contains(index) ? inputs[index] : nil
  }

  /// An input whose elements are integers that are known.
  func integers(_ index: Int) throws(ONNXFault) -> [Int] {
    guard let integers = try input(index).integers else {
      throw ONNXFault("has no constant integers as its input \(index)")
    }
    return integers
  }

  /// Integers that are an attribute in older versions and an input in later ones; nil where there are none.
  func integers(_ name: String, orInput index: Int) throws(ONNXFault) -> [Int]? {
    if let attribute = node.integers(name) { return attribute }
    return optional(index) == nil ? nil : try integers(index)
  }

  /// An axis counted from the front.
  func axis(_ axis: Int, rank: Int) throws(ONNXFault) -> Int {
    let front = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(front) else { throw ONNXFault("has no axis \(axis) among \(rank)") }
    return front
  }

  func axes(_ axes: [Int], rank: Int) throws(ONNXFault) -> [Int] {
    var front: [Int] = []
    for axis in axes { front.append(try self.axis(axis, rank: rank)) }
    guard Set(front).count == front.count else { throw ONNXFault("names an axis twice: \(axes)") }
    return front
  }

  /// The product of extents.
  @discardableResult
  func require(_ shape: [Int]) throws(ONNXFault) -> Int {
    guard shape.count <= 8 else { throw ONNXFault("would make a value of \(shape.count) dimensions") }
    guard ONNXValue.isSound(shape, limit: elementLimit) else {
      throw ONNXFault("would make a value of extents \(shape), which is none that a ResNet has")
    }
    return shape.reduce(1, *)
  }

  /// True if the elements of a value of these extents are to be computed; the extents are sound.
  func isComputed(_ shape: [Int]) -> Bool { shape.reduce(1, *) <= knownLimit }

  /// A value of the given extents, with the elements that the closure computes. It is not asked where there are none, however large
  /// the other extents are.
  func value(_ shape: [Int], _ floats: () throws(ONNXFault) -> [Float]?) throws(ONNXFault) -> ONNXValue {
    if try require(shape) == 0 { return ONNXValue(shape: shape, .floats([])) }
    guard isComputed(shape), let elements = try floats() else { return ONNXValue(shape: shape, .unknown) }
    return ONNXValue(shape: shape, .floats(elements))
  }
}

/// Elements from one index to the next along each axis.
func unitStrides(of shape: [Int]) -> [Int] {
  var strides = Array(repeating: 1, count: shape.count)
  for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
  return strides
}

/// Calls `body` with the place of each element of `shape`, in row-major order, in memory of the given strides.
func visit(_ shape: [Int], strides: [Int], from start: Int = 0, _ body: (Int) -> Void) {
  guard !shape.contains(0) else { return }
  var counters = Array(repeating: 0, count: shape.count)
  var place = start
  while true {
    body(place)
    var axis = shape.count - 1
    while axis >= 0 {
      counters[axis] += 1
      place += strides[axis]
      if counters[axis] < shape[axis] { break }
      place -= strides[axis] * shape[axis]
      counters[axis] = 0
      axis -= 1
    }
    if axis < 0 { return }
  }
}
