import TensorCore

/// What was converted on the way to float32.
struct ConversionNotes {
  private var counts: [String: Int] = [:]
  private var inexact: [String] = []

  mutating func count(_ type: ScalarType) { counts[type.rawValue, default: 0] += 1 }
  mutating func addInexact(_ name: String) { inexact.append(name) }

  var sentences: [String] {
    var sentences = counts.sorted { $0.key < $1.key }.map { type, count in
      "types: \(count) tensors of \(type) became float32"
    }
    if let first = inexact.first {
      let more = inexact.count > 1 ? " and \(inexact.count - 1) other tensors" : ""
      sentences.append("rounded: \(first)\(more) had numbers that float32 does not have")
    }
    return sentences
  }
}

/// Brings a tensor's elements into row-major order, as float32.
struct ElementGather {
  let record: TensorRecord
  /// Whether the bytes of each element are in reverse order.
  let swaps: Bool

  /// - Parameter source: the bytes from the record's first element to its last.
  func float32(_ source: RawSpan, shape: Shape, name: String, notes: inout ConversionNotes) -> Tensor {
    if record.type != .float32 { notes.count(record.type) }
    var isExact = true
    let tensor =
      switch record.type {
      case .float32: gather(source, UInt32.self, shape) { Float(bitPattern: $0) }
      case .float16: gather(source, UInt16.self, shape) { Float(Float16(bitPattern: $0)) }
      case .bfloat16: gather(source, UInt16.self, shape) { Float(bitPattern: UInt32($0) << 16) }
      case .float64:
        gather(source, UInt64.self, shape) { bits in
          let number = Double(bitPattern: bits)
          let float = Float(number)
          if Double(float) != number, !number.isNaN { isExact = false }
          return float
        }
      case .int64: gather(source, UInt64.self, shape) { integer(Int64(bitPattern: $0), &isExact) }
      case .int32: gather(source, UInt32.self, shape) { integer(Int32(bitPattern: $0), &isExact) }
      case .int16: gather(source, UInt16.self, shape) { Float(Int16(bitPattern: $0)) }
      case .int8: gather(source, UInt8.self, shape) { Float(Int8(bitPattern: $0)) }
      case .uint8: gather(source, UInt8.self, shape) { Float($0) }
      case .bool: gather(source, UInt8.self, shape) { $0 == 0 ? 0 : 1 }
      }
    if !isExact { notes.addInexact(name) }
    return tensor
  }

  private func integer<Integer: FixedWidthInteger>(_ value: Integer, _ isExact: inout Bool) -> Float {
    let float = Float(value)
    if Integer(exactly: float) != value { isExact = false }
    return float
  }

  /// Walks over the outer dimensions and runs along the innermost one.
  @inline(__always)
  private func gather<Bits: FixedWidthInteger & BitwiseCopyable>(
    _ source: RawSpan, _: Bits.Type, _ shape: Shape, _ convert: (Bits) -> Float
  ) -> Tensor {
    let count = shape.elementCount
    var buffer = AlignedBuffer(floatCount: count, uninitialized: true)
    var target = buffer.mutableFloats
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
        target[done + index] = convert(swaps ? Bits(bigEndian: bits) : Bits(littleEndian: bits))
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
    return Tensor(shape: shape, elementType: .float32, buffer: buffer)
  }
}
