import Files
import Messages
import Platform
package import TensorCore

/// Constants: their entries, and their elements.
extension ONNXFile {
  func tensor(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) -> ONNXTensor {
    var record = ONNXTensorRecord()
    try count(4)
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      switch (field, value) {
      case (1, .number(let number)): record.dimensions.append(Int(clamping: Int64(bitPattern: number)))
      case (1, .bytes(let range)):
        while cursor.position < range.upperBound, record.dimensions.count <= TensorLimit.rank {
          record.dimensions.append(Int(clamping: Int64(bitPattern: try cursor.varint())))
        }
      case (2, .number(let number)): record.set(\.type, Int(clamping: number), "type")
      case (3, .bytes): throw cursor.fault(.unsupportedTensor, "a constant in segments")
      case (8, .bytes(let range)): record.set(\.name, try cursor.text(range), "name")
      case (4, .bytes(let range)), (5, .bytes(let range)), (7, .bytes(let range)), (9, .bytes(let range)),
        (10, .bytes(let range)), (11, .bytes(let range)):
        record.setValues(field, range)
      case (4, _), (5, _), (7, _), (10, _), (11, _):
        throw cursor.fault(.unsupportedTensor, "the numbers of a constant are not packed")
      case (13, .bytes(let range)):
        let (key, text) = try entry(cursor, range)
        record.setExternal(key, text)
      case (14, .number(let number)): record.setLocation(number)
      default: break
      }
      guard record.dimensions.count <= TensorLimit.rank else {
        throw cursor.fault(
          .invalidTensor,
          "'\((record.name ?? "").printable)' has more than \(TensorLimit.rank) dimensions")
      }
    }
    let (name, dimensions, typeNumber) = (record.name ?? "", record.dimensions, record.type ?? 0)
    guard let type = ONNXType(rawValue: typeNumber) else {
      throw cursor.fault(
        .unknownElementType,
        "the constant '\(name.printable)' has elements of ONNX's type \(typeNumber), which are not read, as are none of 4 bits or floats "
          + "of 8; export the network with floats of 16 bits or more, or integers of 8")
    }
    try record.requireOnePlace(type, cursor)
    guard TensorLimit.isSound(dimensions), let shape = Shape(checking: dimensions) else {
      throw cursor.fault(.invalidTensor, "the constant '\(name.printable)' has the extents \(dimensions)")
    }
    var tensor = ONNXTensor(name: name, shape: shape, type: type, place: record.place())
    if record.isExternal { tensor.place = try externalPlace(record.external, of: tensor) }
    try requireElements(tensor)
    return tensor
  }

  private func entry(_ cursor: ByteCursor, _ range: Range<Int>) throws(WeightFileError) -> (String, String) {
    var (key, text) = ("", "")
    try cursor.fields(until: range.upperBound) { field, value throws(WeightFileError) in
      switch (field, value) {
      case (1, .bytes(let range)): key = try cursor.text(range)
      case (2, .bytes(let range)): text = try cursor.text(range)
      default: break
      }
    }
    return (key, text)
  }

  /// A number in digits alone, as all programs read it.
  private static func plainNumber(_ text: String) -> Int? {
    text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
  }

  private func externalPlace(
    _ entries: [String: String], of tensor: ONNXTensor
  ) throws(WeightFileError) -> ONNXTensor.Place {
    let other = try externalFile(entries["location"] ?? "")
    let offset = entries["offset"].map(Self.plainNumber) ?? 0
    let length = entries["length"].map(Self.plainNumber) ?? tensor.byteCount
    guard let offset, let length, offset >= 0, length >= 0, offset <= other.file.size,
      length <= other.file.size - offset
    else {
      throw WeightFileError(
        .outOfRange, file: path,
        "the constant '\(tensor.name.printable)' is said to lie in bytes \((entries["offset"] ?? "0").printable) and on of "
          + "\(other.file.path), which has \(other.file.size)")
    }
    return .external(other, offset..<offset + length)
  }

  /// Compares the extents with the bytes that are there.
  private func requireElements(_ tensor: ONNXTensor) throws(WeightFileError) {
    guard tensor.type.scalar != nil else { return }
    let needed = tensor.byteCount
    let isSound: Bool
    let given: Int
    switch tensor.place {
    case .nowhere: (isSound, given) = (needed == 0, 0)
    case .raw(let range), .external(_, let range): (isSound, given) = (range.count == needed, range.count)
    case .varints(let range): (isSound, given) = (range.count >= tensor.shape.elementCount, range.count)
    }
    guard isSound else {
      throw WeightFileError(
        .invalidTensor, file: path,
        "the constant '\(tensor.name.printable)' of extents \(tensor.shape) and type \(tensor.type.word) has \(given) bytes"
      )
    }
  }

  // MARK: Elements

  /// Reads a constant's elements as they lie in the file.
  ///
  /// - Throws: ``WeightFileError`` with `unsuitableElementType`, `malformedGraph`, or the reason why the file cannot be read.
  package func elements(of tensor: ONNXTensor) throws(WeightFileError) -> SourceElements {
    let type = try scalar(of: tensor)
    return SourceElements(type: type, shape: tensor.shape, buffer: try bytes(of: tensor, type))
  }

  /// Reads a constant's elements; those of floats keep their type, others become float32.
  ///
  /// - Throws: as ``elements(of:)``.
  package func read(_ tensor: ONNXTensor) throws(WeightFileError) -> Tensor {
    let scalar = try scalar(of: tensor)
    if let type = scalar.elementType {
      return Tensor(shape: tensor.shape, elementType: type, buffer: try bytes(of: tensor, scalar))
    }
    let buffer = try bytes(of: tensor, scalar)
    let count = tensor.shape.elementCount
    var floats = AlignedBuffer(floatCount: count, uninitialized: true)
    var target = floats.mutableFloats
    for index in 0..<count { target[index] = Float(Self.integer(buffer.bytes, scalar, index)) }
    return Tensor(shape: tensor.shape, elementType: .float32, buffer: floats)
  }

  /// Reads a constant's elements as integers; nil if they are none.
  ///
  /// - Throws: as ``elements(of:)``.
  package func integers(of tensor: ONNXTensor) throws(WeightFileError) -> [Int]? {
    let scalar = try scalar(of: tensor)
    guard scalar.elementType == nil else { return nil }
    let buffer = try bytes(of: tensor, scalar)
    var integers: [Int] = []
    integers.reserveCapacity(tensor.shape.elementCount)
    for index in 0..<tensor.shape.elementCount {
      integers.append(Int(Self.integer(buffer.bytes, scalar, index)))
    }
    return integers
  }

  private func scalar(of tensor: ONNXTensor) throws(WeightFileError) -> ScalarType {
    if let scalar = tensor.type.scalar { return scalar }
    throw WeightFileError(
      .unsuitableElementType, file: path, "the constant '\(tensor.name.printable)' holds \(tensor.type.word)")
  }

  private func bytes(of tensor: ONNXTensor, _ type: ScalarType) throws(WeightFileError) -> AlignedBuffer {
    switch tensor.place {
    case .nowhere: return AlignedBuffer(byteCount: 0)
    case .raw(let range): return try file.bytes(count: range.count, at: range.lowerBound)
    case .external(let other, let range):
      return try other.file.bytes(count: range.count, at: range.lowerBound)
    case .varints(let range):
      let cursor = ByteCursor(file, in: range, shortage: .malformedGraph)
      var writer = ByteWriter()
      for _ in 0..<tensor.shape.elementCount {
        let number = try cursor.varint()
        guard Self.isWithin(type, number) else {
          throw WeightFileError(
            .invalidTensor, file: path,
            "the constant '\(tensor.name.printable)' has a number that its type \(type.rawValue) does not")
        }
        switch type.byteCount {
        case 1: writer.write(UInt8(truncatingIfNeeded: number))
        case 2: writer.write(UInt16(truncatingIfNeeded: number))
        case 4: writer.write(UInt32(truncatingIfNeeded: number))
        default: writer.write(number)
        }
      }
      guard cursor.remaining == 0 else {
        throw WeightFileError(
          .invalidTensor, file: path,
          "the constant '\(tensor.name.printable)' has more numbers than its extents say")
      }
      var buffer = AlignedBuffer(byteCount: writer.bytes.count, uninitialized: true)
      var target = buffer.mutableBytes
      target.copy(from: writer.bytes.rawBytes)
      return buffer
    }
  }

  /// True if a number of 32 bits, as ONNX has integers of fewer, is one of the type.
  private static func isWithin(_ type: ScalarType, _ number: UInt64) -> Bool {
    let integer = Int32(truncatingIfNeeded: number)
    return switch type {
    case .int8: Int8(exactly: integer) != nil
    case .uint8: UInt8(exactly: integer) != nil
    case .int16: Int16(exactly: integer) != nil
    case .bool: integer == 0 || integer == 1
    case .float16, .bfloat16: UInt16(exactly: integer) != nil
    default: true
    }
  }

  private static func integer(_ bytes: RawSpan, _ type: ScalarType, _ index: Int) -> Int64 {
    func load<Number: FixedWidthInteger & BitwiseCopyable>(_: Number.Type) -> Int64 {
      // Bounds are checked; every bit pattern is an integer.
      Int64(
        truncatingIfNeeded: unsafe Number(
          littleEndian: bytes.unsafeLoadUnaligned(
            fromByteOffset: index * MemoryLayout<Number>.size, as: Number.self)))
    }
    return switch type {
    case .int64: load(Int64.self)
    case .int32: load(Int32.self)
    case .int16: load(Int16.self)
    case .int8: load(Int8.self)
    case .uint8: load(UInt8.self)
    case .bool: load(UInt8.self) == 0 ? 0 : 1
    case .float64, .float32, .float16, .bfloat16: 0
    }
  }
}
