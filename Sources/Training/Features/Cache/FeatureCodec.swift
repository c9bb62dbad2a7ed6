import TensorCore

/// Features of one input as they are stored.
struct FeatureCodec {
  /// Numbers of one input.
  let elementCount: Int
  /// float32, float16 or bfloat16.
  let type: ElementType

  /// Bytes of one input.
  var byteCount: Int { elementCount * type.byteCount }

  /// Bytes of one input's slot: up to the next multiple of 64.
  var stride: Int { (byteCount + 63) / 64 * 64 }

  /// Memory for some slots; what lies between the inputs is zero.
  func rows(_ count: Int) -> ScratchBuffer {
    let rows = ScratchBuffer(byteCount: count * stride)
    let zeros = [UInt8](repeating: 0, count: stride - byteCount)
    for row in 0..<count {
      var padding = rows.mutableBytes(in: row * stride + byteCount..<(row + 1) * stride)
      padding.copy(from: zeros.rawBytes)
    }
    return rows
  }

  /// Writes numbers as they are stored.
  ///
  /// - Returns: false when a number is too large for the type.
  @_lifetime(target: copy target)
  func encode(_ features: Span<Float>, to target: inout MutableRawSpan) -> Bool {
    // A `Float` has no padding.
    let bytes = unsafe features.bytes
    return FloatConversion.narrow(bytes, to: type, into: &target)
  }

  /// Writes stored numbers as float32.
  @_lifetime(features: copy features)
  func decode(_ bytes: RawSpan, to features: inout MutableSpan<Float>) {
    // Every bit pattern is a `Float`.
    var target = unsafe features.mutableBytes
    FloatConversion.convert(bytes, of: type, to: &target)
  }
}
