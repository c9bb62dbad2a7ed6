import TensorCore

/// Brings a tensor's elements into row-major order, integers as float32.
struct ElementGather {
  let record: TensorRecord
  /// True if the bytes of each element are in reverse order.
  let swaps: Bool

  /// - Parameter source: the bytes from the record's first element to its last.
  func tensor(_ source: RawSpan, shape: Shape, name: String, notes: inout ConversionNotes) -> Tensor {
    if record.type.elementType == nil { notes.count(record.type) }
    var isExact = true
    let tensor =
      switch record.type {
      case .float32: gather(source, UInt32.self, shape, as: .float32) { $0 }
      case .float16: gather(source, UInt16.self, shape, as: .float16) { $0 }
      case .bfloat16: gather(source, UInt16.self, shape, as: .bfloat16) { $0 }
      case .float64: gather(source, UInt64.self, shape, as: .float64) { $0 }
      case .int64: floats(source, UInt64.self, shape) { integer(Int64(bitPattern: $0), &isExact) }
      case .int32: floats(source, UInt32.self, shape) { integer(Int32(bitPattern: $0), &isExact) }
      case .int16: floats(source, UInt16.self, shape) { Float(Int16(bitPattern: $0)) }
      case .int8: floats(source, UInt8.self, shape) { Float(Int8(bitPattern: $0)) }
      case .uint8: floats(source, UInt8.self, shape) { Float($0) }
      case .bool: floats(source, UInt8.self, shape) { $0 == 0 ? 0 : 1 }
      }
    if !isExact { notes.addInexact(name) }
    return tensor
  }

  private func integer<Integer: FixedWidthInteger>(_ value: Integer, _ isExact: inout Bool) -> Float {
    let float = Float(value)
    if Integer(exactly: float) != value { isExact = false }
    return float
  }

  /// Gathers integers that become float32.
  @inline(__always)
  private func floats<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: RawSpan, _: Bits.Type, _ shape: Shape, _ convert: (Bits) -> Float
  ) -> Tensor {
    gather(source, Bits.self, shape, as: .float32) { convert($0).bitPattern }
  }

  /// Walks over the outer dimensions and runs along the innermost one.
  ///
  /// - Parameter convert: gives the bits of an element of `type`.
  @inline(__always)
  private func gather<
    Bits: FixedWidthInteger & BitwiseCopyable, Target: FixedWidthInteger & BitwiseCopyable
  >(
    _ source: RawSpan, _: Bits.Type, _ shape: Shape, as type: ElementType, _ convert: (Bits) -> Target
  ) -> Tensor {
    let count = shape.elementCount
    let width = MemoryLayout<Target>.size
    var buffer = AlignedBuffer(byteCount: count * width, uninitialized: true)
    var target = buffer.mutableBytes
    let isContiguous = record.isContiguous
    let inner = isContiguous ? count : record.dimensions.last ?? 1
    let innerStride = (isContiguous ? 1 : record.strides.last ?? 1) * MemoryLayout<Bits>.size
    let outer = isContiguous ? [] : record.dimensions.dropLast()
    var indices = Array(repeating: 0, count: outer.count)
    var base = 0
    var done = 0
    while done < count {
      for index in 0..<inner {
        // Bounds are checked; every bit pattern is an integer.
        let bits = unsafe source.unsafeLoadUnaligned(
          fromByteOffset: base + index * innerStride, as: Bits.self)
        let element = convert(swaps ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
        target.storeBytes(of: element.littleEndian, toByteOffset: (done + index) * width, as: Target.self)
      }
      done += inner
      for axis in indices.indices.reversed() {
        let stride = record.strides[axis] * MemoryLayout<Bits>.size
        indices[axis] += 1
        base += stride
        if indices[axis] < outer[axis] { break }
        base -= indices[axis] * stride
        indices[axis] = 0
      }
    }
    return Tensor(shape: shape, elementType: type, buffer: buffer)
  }
}
