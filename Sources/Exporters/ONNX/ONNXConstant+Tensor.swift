import TensorCore

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

extension ONNXConstant {
  /// ONNX's number of the element type.
  static let float32: Int32 = 1
  private static let uint8: Int32 = 2
  private static let int8: Int32 = 3
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

  /// Floats of the given extents; one without extents is a number alone.
  init(_ name: String, _ dimensions: [Int], scales: [Float]) {
    var writer = ByteWriter()
    for scale in scales { writer.write(scale.bitPattern) }
    self.init(name, dimensions, Self.float32, writer.bytes)
  }

  /// Integers of 0 to 255.
  init(_ name: String, _ dimensions: [Int], unsigned integers: [UInt8]) {
    self.init(name, dimensions, Self.uint8, integers)
  }

  /// Integers of −128 to 127.
  init(_ name: String, _ dimensions: [Int], signed integers: [Int8]) {
    self.init(name, dimensions, Self.int8, integers.map { UInt8(bitPattern: $0) })
  }

  private init(_ name: String, _ dimensions: [Int], _ element: Int32, _ bytes: [UInt8]) {
    self.init()
    self.name = name
    self.dimensions = dimensions.map { Int64($0) }
    self.element = element
    data = Data(bytes)
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
