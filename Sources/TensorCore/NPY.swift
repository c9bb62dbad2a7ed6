/// Arrays in NumPy's `.npy` files (NEP 1): a magic, a header that is a Python dictionary, and the elements.
public enum NPY {
  /// A reason why bytes are not a `.npy` array that can be read here.
  public struct FormatError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A description of the fault, with the values, and a remedy.
    public let message: String
    public var description: String { message }
  }

  /// The header of a version 1.0 file for an array in C order, padded to a multiple of 64 bytes.
  ///
  /// - Parameters:
  ///   - type: NumPy's name of the element type, for example `<f4`.
  ///   - shape: the array's extents.
  public static func header(type: String, shape: [Int]) -> [UInt8] {
    let extents = shape.map(String.init).joined(separator: ", ") + (shape.count == 1 ? "," : "")
    var text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
    let prefix = magic.count + 4
    let padding = (64 - (prefix + text.utf8.count + 1) % 64) % 64
    text += String(repeating: " ", count: padding) + "\n"
    let length = text.utf8.count
    return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
  }

  /// Reads an array of little-endian float32 in C order.
  ///
  /// - Throws: ``FormatError``.
  public static func decodeFloats(_ bytes: [UInt8]) throws(FormatError) -> Tensor {
    let (fields, start) = try parseHeader(bytes)
    guard fields.type == "<f4" else {
      throw FormatError(
        message: "its elements are '\(fields.type)'; it must hold little-endian float32 ('<f4')")
    }
    guard !fields.isFortranOrder else {
      throw FormatError(message: "it is in Fortran order; save numpy.ascontiguousarray(x)")
    }
    guard let shape = Shape(checking: fields.shape) else {
      throw FormatError(message: "its shape \(fields.shape) has too many elements")
    }
    let (byteCount, overflow) = shape.elementCount.multipliedReportingOverflow(by: 4)
    guard !overflow, bytes.count - start == byteCount else {
      throw FormatError(
        message:
          "its shape \(shape) asks for \(shape.elementCount) floats, and \(bytes.count - start) bytes follow")
    }
    var buffer = AlignedBuffer(byteCount: byteCount, uninitialized: true)
    var target = buffer.mutableBytes
    for index in 0..<byteCount {
      target.storeBytes(of: bytes[start + index], toByteOffset: index, as: UInt8.self)
    }
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }

  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
}
