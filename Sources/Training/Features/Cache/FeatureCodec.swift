import TensorCore

/// Converts the features of one input to and from their stored form.
struct FeatureCodec {
  /// The number of features of one input.
  let elementCount: Int
  /// The stored type: float32, float16 or bfloat16.
  let type: ElementType

  /// The bytes of one input.
  var byteCount: Int { elementCount * type.byteCount }

  /// The bytes of the slot of one input: the next multiple of 64.
  var stride: Int { (byteCount + 63) / 64 * 64 }

  /// Makes memory for some slots, with zeros between the inputs.
  func rows(_ count: Int) -> ScratchBuffer {
    let rows = ScratchBuffer(byteCount: count * stride)
    let zeros = [UInt8](repeating: 0, count: stride - byteCount)
    for row in 0..<count {
      var padding = rows.mutableBytes(in: row * stride + byteCount..<(row + 1) * stride)
      padding.copy(from: zeros.rawBytes)
    }
    return rows
  }

  /// Converts numbers to the stored type.
  ///
  /// - Returns: false when a number is too large for the type.
  @_lifetime(target: copy target)
  func encode(_ features: Span<Float>, to target: inout MutableRawSpan) -> Bool {
    // A `Float` has no padding.
    let bytes = unsafe features.bytes
    return FloatConversion.narrow(bytes, to: type, into: &target)
  }

  /// Converts stored numbers to float32.
  @_lifetime(features: copy features)
  func decode(_ bytes: RawSpan, to features: inout MutableSpan<Float>) {
    // Every bit pattern is a `Float`.
    var target = unsafe features.mutableBytes
    FloatConversion.convert(bytes, of: type, to: &target)
  }
}
