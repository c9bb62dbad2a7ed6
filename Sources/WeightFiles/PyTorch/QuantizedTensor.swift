import Messages
package import TensorCore

/// The elements of a quantised tensor: scale · (integer − zero point), with one of each for the whole, or for each index of an axis.
package struct QuantizedTensor: Sendable {
  package let shape: Shape
  /// In row-major order.
  package let integers: [Int]
  package let scales: [Float]
  /// As many as scales.
  package let zeroPoints: [Int]
  /// The axis that has a scale for each index; nil for one scale.
  package let axis: Int?
}

extension PyTorchFile {
  /// Reads a quantised tensor.
  ///
  /// - Parameter index: the tensor's place in ``tensors``.
  /// - Returns: nil for any other tensor.
  /// - Throws: ``WeightFileError`` with `invalidTensor` where its scales or zero points are none that it can have.
  package func quantizedTensor(_ index: Int) throws(WeightFileError) -> QuantizedTensor? {
    guard let record = quantizedRecord(index) else { return nil }
    let name = tensors[index].name
    func fault(_ what: String) -> WeightFileError {
      WeightFileError(.invalidTensor, file: path, "'\(name.printable)', a quantised tensor, has \(what)")
    }
    let shape = Shape(record.integers.dimensions)
    let integers = try numbers(record.integers, name: name).map { Int($0) }
    let scales: [Float]
    var zeroPoints: [Int] = []
    var axis: Int?
    switch record.scheme {
    case .whole(let scale, let zeroPoint):
      (scales, zeroPoints) = ([Float(scale)], [zeroPoint])
    case .channels(let own, let zeros, let lane):
      guard record.integers.dimensions.indices.contains(lane) else {
        throw fault("scales along axis \(lane), and \(shape.rank) axes")
      }
      let count = record.integers.dimensions[lane]
      guard own.type == .float64 || own.type == .float32, zeros.type == .int64 || zeros.type == .int32,
        own.dimensions == [count], zeros.dimensions == [count]
      else {
        throw fault(
          "\(own.elementCount) scales of \(own.type.rawValue) and \(zeros.elementCount) zero points of \(zeros.type.rawValue) for "
            + "\(count) channels")
      }
      scales = try numbers(own, name: name)
      for zero in try numbers(zeros, name: name) { zeroPoints.append(Int(exactly: zero) ?? .max) }
      axis = lane
    }
    let range = record.integers.type == .int8 ? -128...127 : 0...255
    if let bad = zeroPoints.first(where: { !range.contains($0) }) {
      throw fault("the zero point \(bad == .max ? "without end" : "\(bad)"), outside of \(range)")
    }
    if let bad = scales.first(where: { !($0 > 0) || !$0.isFinite }) {
      throw fault("the scale \(bad); a scale is a finite number above 0")
    }
    return QuantizedTensor(
      shape: shape, integers: integers, scales: scales, zeroPoints: zeroPoints, axis: axis)
  }

  private func numbers(_ record: TensorRecord, name: String) throws(WeightFileError) -> [Float] {
    let tensor = try read(record, name: name).widened()
    let floats = tensor.floats
    return floats.indices.map { floats[$0] }
  }
}
