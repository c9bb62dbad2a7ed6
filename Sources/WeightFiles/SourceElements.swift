package import TensorCore

/// The elements of one tensor as its source has them: in the source's type, order and byte order.
package struct SourceElements: ~Copyable {
  package let type: ScalarType
  package let dimensions: [Int]
  /// Elements from one index to the next, for each dimension.
  let strides: [Int]
  /// True if the bytes of each element are in reverse order.
  let isBigEndian: Bool
  /// The bytes from the first element to the last.
  let buffer: AlignedBuffer

  /// Elements one after the other, the last dimension innermost, little-endian.
  package init(type: ScalarType, shape: Shape, buffer: consuming AlignedBuffer) {
    self.type = type
    dimensions = shape.dimensions
    var strides = Array(repeating: 1, count: shape.rank)
    for axis in strides.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape.dimensions[axis + 1]
    }
    self.strides = strides
    isBigEndian = false
    self.buffer = buffer
  }

  /// The same elements with some of the axes in another order; those that are left out have the extent 1.
  package init(_ other: consuming SourceElements, axes: [Int]) {
    type = other.type
    dimensions = axes.map { other.dimensions[$0] }
    strides = axes.map { other.strides[$0] }
    isBigEndian = other.isBigEndian
    buffer = other.buffer
  }

  /// The elements of a PyTorch file's tensor.
  init(_ record: TensorRecord, isBigEndian: Bool, buffer: consuming AlignedBuffer) {
    type = record.type
    dimensions = record.dimensions
    strides = record.strides
    self.isBigEndian = isBigEndian
    self.buffer = buffer
  }
}

/// The result of comparing one tensor with another.
package struct TensorComparison {
  /// The first element, in row-major order, that is not the source's value nor the float32 nearest to it.
  package fileprivate(set) var firstDifference: Int?
  /// Values that float32 does not have.
  package fileprivate(set) var roundedCount = 0
  /// The largest rounding, as a part of the value.
  package fileprivate(set) var largestRounding = 0.0

  /// Counts a value that was rounded to the nearest float.
  fileprivate mutating func addRounding(of value: Double, to float: Float) {
    roundedCount += 1
    largestRounding = max(largestRounding, abs((value - Double(float)) / value))
  }
}

extension SourceElements {
  /// Compares every element with a tensor of the same shape, whose elements are of float32 or those of the source. Floats are
  /// narrowed or widened to the source's type, so that a fault of the conversion to float32 shows.
  package func compare(with tensor: Tensor) -> TensorComparison {
    if type == .float64, tensor.elementType == .float64 {
      let bytes = tensor.bytes
      return visit(UInt64.self) { index, bits, _ in
        // Bounds are checked; every bit pattern is an integer.
        unsafe UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: 8 * index, as: UInt64.self))
          == bits
      }
    }
    let widened = tensor.widened()
    let floats = widened.floats
    return switch type {
    case .float32: visit(UInt32.self) { index, bits, _ in floats[index].bitPattern == bits }
    case .float16:
      visit(UInt16.self) { index, bits, _ in
        let narrow = Float16(floats[index])
        return narrow.bitPattern == bits && Float(narrow) == floats[index]
      }
    case .bfloat16:
      visit(UInt16.self) { index, bits, _ in
        let wide = floats[index].bitPattern
        return wide & 0xFFFF == 0 && UInt16(truncatingIfNeeded: wide >> 16) == bits
      }
    case .float64:
      visit(UInt64.self) { index, bits, comparison in
        let value = Double(bitPattern: bits)
        return Self.isNearest(floats[index], to: value, &comparison)
      }
    case .int64:
      visit(UInt64.self) { index, bits, comparison in
        Self.isNearest(floats[index], to: Double(Int64(bitPattern: bits)), &comparison)
      }
    case .int32:
      visit(UInt32.self) { index, bits, comparison in
        Self.isNearest(floats[index], to: Double(Int32(bitPattern: bits)), &comparison)
      }
    case .int16: visit(UInt16.self) { index, bits, _ in Int16(exactly: floats[index])?.bits == bits }
    case .int8: visit(UInt8.self) { index, bits, _ in Int8(exactly: floats[index])?.bits == bits }
    case .uint8: visit(UInt8.self) { index, bits, _ in UInt8(exactly: floats[index]) == bits }
    case .bool: visit(UInt8.self) { index, bits, _ in floats[index] == (bits == 0 ? 0 : 1) }
    }
  }

  /// True if no other float is nearer to a value; a value that is no float itself is counted as rounded.
  private static func isNearest(
    _ float: Float, to value: Double, _ comparison: inout TensorComparison
  ) -> Bool {
    if Double(float) == value { return float.sign == value.sign }
    let distance = abs(Double(float) - value)
    guard distance <= abs(Double(float.nextUp) - value), distance <= abs(Double(float.nextDown) - value)
    else { return false }
    comparison.addRounding(of: value, to: float)
    return true
  }

  private var isContiguous: Bool {
    var expected = 1
    for (extent, stride) in zip(dimensions, strides).reversed() where extent != 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }

  /// Calls `isEqual` with each element's row-major index and bits, up to the first for which it is false.
  @inline(__always)
  private func visit<Bits: FixedWidthInteger & BitwiseCopyable>(
    _: Bits.Type, _ isEqual: (Int, Bits, inout TensorComparison) -> Bool
  ) -> TensorComparison {
    var comparison = TensorComparison()
    let bytes = buffer.bytes
    let count = dimensions.reduce(1, *)
    // Elements that lie one after the other are one row.
    let inner = isContiguous ? count : dimensions.last ?? 1
    let innerStride = isContiguous ? 1 : strides.last ?? 1
    var index = 0
    while index < count {
      // The place of a row follows from its number alone.
      var rest = index / inner
      var place = 0
      for axis in dimensions.indices.dropLast().reversed() where !isContiguous {
        place += rest % dimensions[axis] * strides[axis]
        rest /= dimensions[axis]
      }
      for _ in 0..<inner {
        // Bounds are checked; every bit pattern is an integer.
        let bits = unsafe bytes.unsafeLoadUnaligned(
          fromByteOffset: place * MemoryLayout<Bits>.size, as: Bits.self)
        guard isEqual(index, isBigEndian ? Bits(bigEndian: bits) : Bits(littleEndian: bits), &comparison)
        else {
          comparison.firstDifference = index
          return comparison
        }
        place += innerStride
        index += 1
      }
    }
    return comparison
  }
}

extension Int16 {
  fileprivate var bits: UInt16 { UInt16(bitPattern: self) }
}

extension Int8 {
  fileprivate var bits: UInt8 { UInt8(bitPattern: self) }
}
