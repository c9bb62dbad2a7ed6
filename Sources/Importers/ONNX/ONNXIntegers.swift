import Messages
import ONNXInterpreter
import ResNetGraph
import TensorCore
import WeightFiles

/// The integers of a layer's weights in an ONNX file: what a DequantizeLinear makes numbers of.
struct ONNXIntegers {
  /// The node that makes numbers of them.
  let node: ONNXNode
  /// True if the layer reads them with their axes exchanged.
  let isTransposed: Bool
}

extension ONNXSource {
  /// The integers that a weight is made of; nil for one of real numbers.
  func integers(of weight: ONNXWeight) -> ONNXIntegers? {
    let (name, isTransposed): (String, Bool)
    switch weight {
    case .value(let value): (name, isTransposed) = (value, false)
    case .transposed(.value(let value)): (name, isTransposed) = (value, true)
    default: return nil
    }
    guard let maker = dequantizers[name] else { return nil }
    return ONNXIntegers(node: nodes[maker], isTransposed: isTransposed)
  }

  /// Reads the integers of a weight as a checkpoint has them, with a scale for each output channel and no zero points.
  ///
  /// - Parameter shape: the shape of the weight.
  /// - Throws: ``WeightFileError`` with `unsupportedGraph` where they cannot be said so, or a fault of the file.
  func read(_ weights: ONNXIntegers, shape: Shape) throws(WeightFileError) -> Tensor {
    let node = weights.node
    func refusal(_ why: String) -> WeightFileError {
      WeightFileError(
        .unsupportedGraph, file: file.path,
        "this quantized network cannot be kept as one: the weights that the node \(node.label) makes \(why.printable). \(Remedy.realNumbers) takes real numbers in its place"
      )
    }
    let (values, scales, zeros) = (
      try fold(node, 0), try fold(node, 1), node.input(2) == nil ? nil : try fold(node, 2)
    )
    guard let values, let integers = values.floats, let scales = scales?.floats, !scales.isEmpty else {
      throw refusal("do not follow from constants")
    }
    let extents = values.shape
    guard extents.count >= 2, integers.count == shape.elementCount, node.integer("block_size") ?? 0 == 0
    else {
      throw refusal("have the extents \(extents), and \(shape) are needed")
    }
    // The axis of the output channels among those of the integers.
    let channelAxis = weights.isTransposed ? 1 : 0
    let channels = extents[channelAxis]
    guard channels == shape.dimensions[0] else {
      throw refusal("have \(channels) output channels, and \(shape.dimensions[0]) are needed")
    }
    if scales.count > 1 {
      let axis = node.integer("axis") ?? 1
      guard (axis < 0 ? axis + extents.count : axis) == channelAxis, scales.count == channels else {
        throw refusal(
          "have \(scales.count) scales along axis \(axis), and one for each of \(channels) output channels is needed"
        )
      }
    }
    if let zeros, zeros.count != scales.count {
      throw refusal("have \(zeros.count) zero points for \(scales.count) scales")
    }
    if let bad = scales.first(where: { !($0 >= 0 && $0.isFinite && $0.sign == .plus) }) {
      throw refusal("have the scale \(bad); a scale is a number that is not negative")
    }
    let zeroPoints = zeros?.floats
    let inner = extents[(channelAxis + 1)...].reduce(1, *)
    let filter = shape.elementCount / max(channels, 1)
    var own = Array(repeating: Int8(0), count: integers.count)
    for index in integers.indices {
      let channel = index / inner % channels
      let lane = scales.count == 1 ? 0 : channel
      let integer = integers[index] - (zeroPoints?[lane] ?? 0)
      guard let byte = Int8(exactly: integer) else {
        throw refusal(
          "have the zero point \(Int(zeroPoints?[lane] ?? 0)) and the integer \(integer) beside it, and weights here have no zero "
            + "point and integers of −128 to 127")
      }
      let place = weights.isTransposed ? channel * filter + index / channels : index
      own[place] = byte
    }
    return Tensor(
      shape: shape, scales: scales.count == 1 ? Array(repeating: scales[0], count: channels) : scales,
      integers: own)
  }

  private func fold(_ node: ONNXNode, _ index: Int) throws(WeightFileError) -> ONNXValue? {
    guard let name = node.input(index) else { return nil }
    return try interpreter.fold(name)
  }
}
