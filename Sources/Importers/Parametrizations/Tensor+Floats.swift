import TensorCore
import WeightFiles

extension Tensor {
  /// The elements as float32, each the nearest to what the source has. Readers leave some whole numbers as int64.
  func asFloats() -> Tensor {
    guard elementType == .int64 else { return widened() }
    let bytes = bytes
    var floats: [Float] = []
    floats.reserveCapacity(shape.elementCount)
    for index in 0..<shape.elementCount {
      // Bounds are checked; every bit pattern is an integer.
      let number = unsafe Int64(
        littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8 * index, as: Int64.self))
      floats.append(Float(number))
    }
    return Tensor(shape: shape, floats: floats)
  }
}

extension SourceTensor {
  /// True of whole numbers that are read, though they are no weights.
  var isWholeNumbers: Bool { ["I64", "int64"].contains(type) }
}
