import TensorCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ONNXConstant {
  /// ONNX's number of the element type.
  static let float32: Int32 = 1
  private static let int64: Int32 = 7

  /// A float32 tensor, whose elements are not copied.
  init(_ name: String, _ tensor: Tensor) {
    self.init()
    self.name = name
    dimensions = tensor.shape.dimensions.map { Int64($0) }
    element = Self.float32
    // Nothing writes through the pointer, and the closure keeps the elements where they are.
    data = unsafe Data(
      bytesNoCopy: UnsafeMutableRawPointer(mutating: tensor.floatPointer), count: tensor.byteCount,
      deallocator: .custom { _, _ in withExtendedLifetime(tensor) {} })
  }

  /// A list of integers.
  init(_ name: String, _ integers: [Int64]) {
    self.init()
    self.name = name
    dimensions = [Int64(integers.count)]
    element = Self.int64
    var writer = ByteWriter()
    for integer in integers { writer.write(integer) }
    data = Data(writer.bytes)
  }
}
