import CBytes

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
    guard count > 0 else { return }
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        let (bytes, floats) = unsafe (address(from), mutableAddress(to))
        switch type {
        case .float32: unsafe to.copyMemory(from: from)
        case .float16: unsafe rz_widen_f16(count, bytes, floats)
        case .bfloat16: unsafe rz_widen_bf16(count, bytes, floats)
        case .float64:
          for index in 0..<count {
            let value = unsafe Float(from.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
            unsafe to.storeBytes(of: value, toByteOffset: 4 * index, as: Float.self)
          }
        case .int64, .int8: preconditionFailure("integers are not converted to float32")
        }
      }
    }
  }

  /// Writes floats as elements of a narrower type, each the nearest that the type has, halves to even.
  ///
  /// - Parameters:
  ///   - source: float32, at any address.
  ///   - target: an element of `type` for each float.
  /// - Returns: false when a finite number was too large for the type and became an infinity.
  /// - Precondition: `type` is float32, float16 or bfloat16, and the sizes agree.
  @_lifetime(target: copy target)
  package static func narrow(
    _ source: RawSpan, to type: ElementType, into target: inout MutableRawSpan
  ) -> Bool {
    let count = source.byteCount / 4
    precondition(
      4 * count == source.byteCount && target.byteCount == type.byteCount * count,
      "\(source.byteCount) bytes of floats to \(target.byteCount) of \(type.rawValue)")
    guard count > 0 else { return true }
    return unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        let (floats, bytes) = unsafe (address(from), mutableAddress(to))
        switch type {
        case .float32:
          unsafe to.copyMemory(from: from)
          return true
        case .float16: return unsafe rz_narrow_f16(count, floats, bytes) != 0
        case .bfloat16: return unsafe rz_narrow_bf16(count, floats, bytes) != 0
        case .float64, .int64, .int8: preconditionFailure("\(type.rawValue) is not narrower than float32")
        }
      }
    }
  }

  private static func address(_ buffer: UnsafeRawBufferPointer) -> UnsafePointer<UInt8>? {
    unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress
  }

  private static func mutableAddress(
    _ buffer: UnsafeMutableRawBufferPointer
  ) -> UnsafeMutablePointer<UInt8>? {
    unsafe buffer.assumingMemoryBound(to: UInt8.self).baseAddress
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
