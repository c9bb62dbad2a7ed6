/// An array that lies in a file in one run of bytes.
struct StoredArray {
  var name: String
  /// The type of the elements, as the file calls it.
  var typeName: String
  var dimensions: [Int]
  /// Type and strides; nil where the elements cannot be read.
  var record: TensorRecord?
  /// The run of bytes, perhaps with a header before the first element.
  var bytes: StoredBytes
  /// Bytes before the first element.
  var headerCount = 0
  /// True if the bytes of each element are in reverse order.
  var isBigEndian = false

  /// Strides of elements that lie one after the other, the last dimension innermost, or the first.
  static func strides(_ dimensions: [Int], isFortranOrder: Bool = false) -> [Int] {
    var strides = Array(repeating: 1, count: dimensions.count)
    var step = 1
    for axis in isFortranOrder ? Array(dimensions.indices) : dimensions.indices.reversed() {
      strides[axis] = step
      step = step.multipliedReportingOverflow(by: max(dimensions[axis], 1)).partialValue
    }
    return strides
  }
}
