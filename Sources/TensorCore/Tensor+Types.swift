/// A number that a narrower type cannot hold.
package struct NarrowingFault: Error, Hashable, Sendable {
  /// The element's row-major index.
  package var index: Int
  package var value: Float
  /// The type that was asked for.
  package var type: ElementType
}

extension Tensor {
  /// True if the elements stand for real numbers, which float32 holds or is near to.
  package var isFloatingPoint: Bool { elementType != .int64 }

  /// The elements as float32: exact for float16 and bfloat16, integer times scale for int8, rounded to nearest for float64.
  ///
  /// - Precondition: the elements are not int64.
  package func widened() -> Tensor {
    guard elementType != .float32 else { return self }
    var buffer = AlignedBuffer(floatCount: shape.elementCount, uninitialized: true)
    var target = buffer.mutableBytes
    widen(into: &target)
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }

  /// Writes the elements as float32; see ``widened()``.
  @_lifetime(target: copy target)
  package func widen(into target: inout MutableRawSpan) {
    if elementType == .int8 {
      ChannelQuantization.dequantize(bytes, shape: shape, to: &target)
    } else {
      FloatConversion.convert(bytes, of: elementType, to: &target)
    }
  }

  /// The elements of a float32 tensor in another type, each the nearest that the type has, halves to even.
  ///
  /// - Throws: ``NarrowingFault`` for a finite number that the type has only an infinity for, and for NaN and infinities that
  ///   are to be int8.
  /// - Precondition: the type is not int64.
  package func narrowed(to type: ElementType) throws(NarrowingFault) -> Tensor {
    switch type {
    case .float32: return self
    case .int8: return try ChannelQuantization.quantize(self)
    case .float16, .bfloat16, .float64: break
    case .int64: preconditionFailure("floats are not converted to integers")
    }
    let values = floats
    var buffer = AlignedBuffer(byteCount: type.byteCount(of: shape), uninitialized: true)
    var target = buffer.mutableBytes
    for index in values.indices {
      let value = values[index]
      let isOverflow: Bool
      switch type {
      case .float16:
        let bits = FloatConversion.half(value)
        isOverflow = bits & 0x7FFF == 0x7C00 && value.isFinite
        target.storeBytes(of: bits.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      case .bfloat16:
        let bits = FloatConversion.brain(value)
        isOverflow = bits & 0x7FFF == 0x7F80 && value.isFinite
        target.storeBytes(of: bits.littleEndian, toByteOffset: 2 * index, as: UInt16.self)
      default:
        isOverflow = false
        target.storeBytes(of: Double(value).bitPattern.littleEndian, toByteOffset: 8 * index, as: UInt64.self)
      }
      guard !isOverflow else { throw NarrowingFault(index: index, value: value, type: type) }
    }
    return Tensor(shape: shape, elementType: type, buffer: buffer)
  }
}
