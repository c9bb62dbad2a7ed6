/// 8-bit integers with a scale per channel, a channel being an index of the first dimension (FORMAT §4.3): a float32 for each
/// channel, then the integers. A value is its integer times its channel's scale.
package enum ChannelQuantization {
  /// The largest integer; the smallest is its negative, so that the range is symmetric.
  private static let largest: Float = 127

  /// Quantises floats: the scale of a channel is its largest magnitude / 127, or the float below where 127 times it
  /// would be infinite, and each integer the nearest to value / scale,
  /// halves to even.
  ///
  /// - Parameter floats: a float32 tensor of rank 1 or more.
  /// - Throws: ``NarrowingFault`` at the first NaN or infinity.
  package static func quantize(_ floats: Tensor) throws(NarrowingFault) -> Tensor {
    let values = floats.floats
    let channels = floats.shape.dimensions[0]
    var buffer = AlignedBuffer(byteCount: ElementType.int8.byteCount(of: floats.shape), uninitialized: true)
    if !values.isEmpty {
      let count = values.count / channels
      var bytes = buffer.mutableBytes
      for channel in 0..<channels {
        let range = channel * count..<(channel + 1) * count
        var magnitude: Float = 0
        for index in range {
          guard values[index].isFinite else {
            throw NarrowingFault(index: index, value: values[index], type: .int8)
          }
          magnitude = max(magnitude, abs(values[index]))
        }
        var scale = magnitude / largest
        if !(scale * largest).isFinite { scale = scale.nextDown }
        bytes.storeBytes(of: scale.bitPattern.littleEndian, toByteOffset: 4 * channel, as: UInt32.self)
        for index in range {
          let quotient = scale > 0 ? (values[index] / scale).rounded(.toNearestOrEven) : 0
          let integer = Int8(max(-largest, min(largest, quotient)))
          bytes.storeBytes(of: integer, toByteOffset: 4 * channels + index, as: Int8.self)
        }
      }
    }
    return Tensor(shape: floats.shape, elementType: .int8, buffer: buffer)
  }

  /// Writes the float32 value of each element of an int8 tensor.
  ///
  /// - Parameters:
  ///   - source: scales and integers of a tensor of this shape.
  ///   - target: 4 bytes for each element.
  @_lifetime(target: copy target)
  package static func dequantize(_ source: RawSpan, shape: Shape, to target: inout MutableRawSpan) {
    precondition(
      source.byteCount == ElementType.int8.byteCount(of: shape)
        && target.byteCount == 4 * shape.elementCount,
      "\(source.byteCount) bytes of i8 of shape \(shape) to \(target.byteCount)")
    guard shape.elementCount > 0 else { return }
    let channels = shape.dimensions[0]
    let count = shape.elementCount / channels
    unsafe source.withUnsafeBytes { from in
      unsafe target.withUnsafeMutableBytes { to in
        for channel in 0..<channels {
          let scale = unsafe Float(
            bitPattern: UInt32(littleEndian: from.loadUnaligned(fromByteOffset: 4 * channel, as: UInt32.self))
          )
          let start = 4 * channels + channel * count
          for index in 0..<count {
            let value = unsafe Float(from.load(fromByteOffset: start + index, as: Int8.self)) * scale
            unsafe to.storeBytes(of: value, toByteOffset: 4 * (channel * count + index), as: Float.self)
          }
        }
      }
    }
  }

  /// The first of some scales that is negative, an infinity or NaN. A negative zero counts as negative.
  ///
  /// - Parameter scales: four bytes for each.
  package static func firstUnsoundScale(in scales: RawSpan) -> Int? {
    (0..<scales.byteCount / 4).first { index in
      // Bounds are checked; every bit pattern is an integer.
      let bits = unsafe UInt32(
        littleEndian: scales.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
      return bits >= 0x7F80_0000
    }
  }
}

extension Tensor {
  /// An int8 tensor of integers and the scales of the indices of its first dimension.
  ///
  /// - Precondition: there are as many integers and scales as the shape says, and no scale is negative or without end.
  package init(shape: Shape, scales: [Float], integers: [Int8]) {
    precondition(integers.count == shape.elementCount, "\(integers.count) integers of shape \(shape)")
    var buffer = AlignedBuffer(byteCount: ElementType.int8.byteCount(of: shape), uninitialized: true)
    var bytes = buffer.mutableBytes
    precondition(
      4 * scales.count + integers.count == bytes.byteCount, "\(scales.count) scales of shape \(shape)")
    for (index, scale) in scales.enumerated() {
      bytes.storeBytes(of: scale.bitPattern.littleEndian, toByteOffset: 4 * index, as: UInt32.self)
    }
    for (index, integer) in integers.enumerated() {
      bytes.storeBytes(of: integer, toByteOffset: 4 * scales.count + index, as: Int8.self)
    }
    self.init(shape: shape, elementType: .int8, buffer: buffer)
  }

  /// The scale of each index of the first dimension.
  ///
  /// - Precondition: ``elementType`` is `int8`.
  package var channelScales: [Float] {
    precondition(elementType == .int8, "a tensor of \(elementType.rawValue) has no scales")
    let count = elementType.scaleByteCount(of: shape) / MemoryLayout<Float>.size
    let bytes = bytes
    return (0..<count).map { index in
      // Bounds are checked; every bit pattern is an integer.
      Float(
        bitPattern: UInt32(
          littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: 4 * index, as: UInt32.self)))
    }
  }

  /// The integers of an int8 tensor, without their scales, in row-major order.
  ///
  /// - Precondition: ``elementType`` is `int8`.
  package var integers: Span<Int8> {
    @_lifetime(borrow self)
    get {
      precondition(elementType == .int8, "a tensor of \(elementType.rawValue) has no integers of 8 bits")
      let elements = bytes.extracting(droppingFirst: elementType.scaleByteCount(of: shape))
      let span = Span<Int8>(_bytes: elements)
      return unsafe _overrideLifetime(span, borrowing: self)
    }
  }
}
