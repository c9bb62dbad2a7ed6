import Files
import Messages

extension StoredArray {
  /// An array of an HDF5 file (IV.A.2.b dataspace, .d datatype, .i layout); nil of an object that is none.
  init?(_ header: HDF5Header, name: String, in bytes: HDF5Bytes) throws(WeightFileError) {
    let path = bytes.file.path
    guard let space = header.message(1, path: path), let type = header.message(3, path: path),
      let layout = header.message(8, path: path)
    else { return nil }
    guard !header.messages.contains(where: { $0.isShared && [1, 3, 8].contains($0.type) }) else {
      self.init(
        name: name, typeName: "described elsewhere in the file; save the weights as .safetensors",
        dimensions: [],
        bytes: StoredBytes(name: name, start: bytes.range.lowerBound, byteCount: 0))
      return
    }
    let dimensions = try Self.dimensions(space, bytes)
    let (element, typeName, isBigEndian) = try Self.elementType(type, of: name)
    self.init(
      name: name, typeName: typeName, dimensions: dimensions,
      bytes: StoredBytes(name: name, start: bytes.range.lowerBound, byteCount: 0))
    self.isBigEndian = isBigEndian
    guard let element else { return }
    let address: Int
    let size: Int
    switch try Self.place(layout) {
    case .contiguous(let start, let count): (address, size) = (start, count)
    case .other(let how):
      self.typeName = how
      return
    }
    guard address <= bytes.range.count, size <= bytes.range.count - address else {
      throw WeightFileError(
        .outOfRange, file: path,
        "'\(name)' lies at byte \(address) with \(size) bytes, but the file has \(bytes.range.count)")
    }
    self.bytes = StoredBytes(name: name, start: bytes.range.lowerBound + address, byteCount: size)
    let storage = StorageReference(key: name, type: element, byteCount: size, part: 0..<size)
    do throws(TensorRecord.Fault) {
      record = try TensorRecord(
        storage: storage, type: element, offset: 0, dimensions: dimensions, strides: Self.strides(dimensions))
    } catch {
      throw WeightFileError(error.code, file: path, "'\(name.printable)': \(error.message)")
    }
    guard let record, record.elementCount * element.byteCount == size else {
      throw WeightFileError(
        .invalidTensor, file: path,
        "'\(name.printable)' has \(size) bytes for the extents \(dimensions) and elements of \(element.rawValue)"
      )
    }
  }

  private static func dimensions(_ cursor: ByteCursor, _ bytes: HDF5Bytes) throws(WeightFileError) -> [Int] {
    let version = try cursor.byte()
    let rank = Int(try cursor.byte())
    guard version == 1 || version == 2, rank <= TensorRecord.rankLimit else {
      throw bytes.fault("a dataspace of version \(version) and \(rank) dimensions")
    }
    try cursor.skip(version == 1 ? 6 : 2)
    var dimensions: [Int] = []
    for _ in 0..<rank { dimensions.append(try cursor.count(UInt64.self)) }
    return dimensions
  }

  /// The type of the elements. The file says where sign, exponent and mantissa lie, and what the exponent counts from: elements
  /// are read as IEEE 754 has them, so all of it must be just so.
  private static func elementType(
    _ cursor: ByteCursor, of name: String
  ) throws(WeightFileError) -> (ScalarType?, name: String, isBigEndian: Bool) {
    let kind = try cursor.byte()
    let (flags, sign, more) = try (cursor.byte(), cursor.byte(), cursor.byte())
    let size = Int(try cursor.integer(UInt32.self))
    guard (1...3).contains(kind >> 4), kind & 0x0F <= 1 else {
      return (nil, "of the class \(kind & 0x0F)", false)
    }
    let isBigEndian = flags & 1 != 0
    let placing = try (cursor.integer(UInt16.self), cursor.integer(UInt16.self))
    let isWhole = more == 0 && placing.0 == 0 && Int(placing.1) == 8 * min(size, 64)
    let type: ScalarType?
    let word: String
    if kind & 0x0F == 0 {
      let isSigned = flags & 8 != 0
      word = "\(isSigned ? "int" : "uint")\(8 * min(size, 64))"
      guard [1, 2, 4, 8].contains(size) else { return (nil, word, isBigEndian) }
      guard isWhole, sign == 0, flags & ~9 == 0 else { throw oddType(name, "integers", size, cursor) }
      let types: [Int: ScalarType] =
        isSigned ? [1: .int8, 2: .int16, 4: .int32, 8: .int64] : [1: .uint8]
      type = types[size]
    } else {
      word = "float\(8 * min(size, 64))"
      guard [2, 4, 8].contains(size) else { return (nil, word, isBigEndian) }
      // Place and size of the exponent, then of the mantissa.
      let fields = try cursor.bytes(4)
      let bias = try cursor.integer(UInt32.self)
      type =
        switch (size, fields, bias) {
        case (2, [10, 5, 0, 10], 15): .float16
        case (2, [7, 8, 0, 7], 127): .bfloat16
        case (4, [23, 8, 0, 23], 127): .float32
        case (8, [52, 11, 0, 52], 1023): .float64
        default: nil
        }
      // A mantissa with a leading one that is not stored; no padding.
      guard type != nil, isWhole, Int(sign) == 8 * size - 1, flags & ~1 == 0x20 else {
        throw oddType(name, "floats", size, cursor)
      }
    }
    return (type, word, isBigEndian)
  }

  private static func oddType(
    _ name: String, _ kind: String, _ size: Int, _ cursor: ByteCursor
  )
    -> WeightFileError
  {
    WeightFileError(
      .unsupportedTensor, file: cursor.path,
      "HDF5: '\(name.printable)' has \(kind) of \(size) bytes whose bits have another meaning than the usual one, which is not read; "
        + "save the weights as .safetensors")
  }

  /// The place of an array's elements.
  private enum Place {
    case contiguous(address: Int, size: Int)
    /// Not in one run of bytes; in words.
    case other(String)
  }

  private static func place(_ cursor: ByteCursor) throws(WeightFileError) -> Place {
    guard try cursor.byte() == 3 else {
      return .other("stored in an older layout; save the weights as .safetensors")
    }
    switch try cursor.byte() {
    case 0: return .other("stored in the header, as small arrays may be; save the weights as .safetensors")
    case 1: break
    case 2: return .other("compressed or in chunks; save the weights without compression, or as .safetensors")
    default: return .other("stored elsewhere; save the weights as .safetensors")
    }
    let address: UInt64 = try cursor.integer()
    let size = try cursor.hdf5Address()
    guard address != HDF5Bytes.undefined else {
      return size == 0 ? .contiguous(address: 0, size: 0) : .other("not written; save the model again")
    }
    return .contiguous(address: Int(exactly: address) ?? .max, size: size)
  }
}
