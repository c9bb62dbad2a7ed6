/// Elements of a stored floating-point type as float32, and back.
package enum FloatConversion {
  /// Writes the float32 value of each element of `source` to `target`.
  ///
  /// float16 and bfloat16 are exact; float64 is rounded to nearest, and what float32 cannot hold becomes an infinity.
  ///
  /// - Parameters:
  ///   - source: elements of `type`, little-endian, at any address.
  ///   - target: 4 bytes for each element.
  /// - Precondition: `type` is a floating-point type and the sizes agree.
  @_lifetime(target: copy target)
  package static func convert(_ source: RawSpan, of type: ElementType, to target: inout MutableRawSpan) {
    let count = source.byteCount / type.byteCount
    precondition(
      count * type.byteCount == source.byteCount && target.byteCount == 4 * count,
      "\(source.byteCount) bytes of \(type.rawValue) to \(target.byteCount)")
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        for index in 0..<count {
          let value =
            switch type {
            case .float32: unsafe from.loadUnaligned(fromByteOffset: 4 * index, as: Float.self)
            case .float16: unsafe float(half: from.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            case .bfloat16:
              unsafe float(brain: from.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
            case .float64: unsafe Float(from.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            case .int64, .int8: preconditionFailure("integers are not converted to float32")
            }
          unsafe to.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
        }
      }
    }
  }

  /// The value of an IEEE 754 binary16 pattern.
  static func float(half bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let magnitude = UInt32(bits & 0x7FFF) << 13
    // The exponent's bias is 127 instead of 15; a product with 2^112 is exact for subnormal numbers as well.
    let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
    let isFinite = bits & 0x7C00 != 0x7C00
    return Float(bitPattern: sign | (isFinite ? finite : magnitude | 0x7F80_0000))
  }

  /// The value of a bfloat16 pattern: the upper half of a float32.
  static func float(brain bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// The binary16 pattern nearest to a number, halves to even. NaN keeps its sign and the upper bits of its payload.
  static func half(_ value: Float) -> UInt16 {
    guard value.isNaN else { return Float16(value).bitPattern }
    let bits = value.bitPattern
    let payload = UInt16(truncatingIfNeeded: bits >> 13) & 0x03FF
    return UInt16(truncatingIfNeeded: bits >> 16) & 0x8000 | 0x7C00 | (payload == 0 ? 0x0200 : payload)
  }

  /// The bfloat16 pattern nearest to a number, halves to even. NaN keeps its sign and the upper bits of its payload.
  static func brain(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    guard !value.isNaN else {
      let upper = UInt16(truncatingIfNeeded: bits >> 16)
      return upper & 0x007F == 0 ? upper | 0x0040 : upper
    }
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }
}
