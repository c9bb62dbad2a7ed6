import Files
import Messages

extension StoredArray {
  /// An array of an HDF5 file (IV.A.2.b dataspace, .d datatype, .i layout); nil of an object that is none.
  init?(_ header: HDF5Header, name: String, in bytes: HDF5Bytes) throws(WeightFileError) {
    let path = bytes.file.path
    guard let space = header.message(1, path: path), let type = header.message(3, path: path),
      let layout = header.message(8, path: path)
    else { return nil }
    let dimensions = try Self.dimensions(space, bytes)
    let (element, typeName, isBigEndian) = try Self.elementType(type)
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

  private static func elementType(
    _ cursor: ByteCursor
  ) throws(WeightFileError) -> (ScalarType?, name: String, isBigEndian: Bool) {
    let kind = try cursor.byte() & 0x0F
    let flags = try cursor.byte()
    try cursor.skip(2)
    let size = Int(try cursor.integer(UInt32.self))
    switch kind {
    case 0:
      let isSigned = flags & 8 != 0
      let types: [Int: ScalarType] =
        isSigned ? [1: .int8, 2: .int16, 4: .int32, 8: .int64] : [1: .uint8]
      return (types[size], "\(isSigned ? "int" : "uint")\(8 * min(size, 64))", flags & 1 != 0)
    case 1:
      try cursor.skip(5)  // Offset, precision, place of the exponent.
      let exponent = try cursor.byte()
      let type: ScalarType? =
        switch (size, exponent) {
        case (2, 5): .float16
        case (2, 8): .bfloat16
        case (4, 8): .float32
        case (8, 11): .float64
        default: nil
        }
      return (type, "float\(8 * min(size, 64))", flags & 1 != 0)
    default: return (nil, "of the class \(kind)", false)
    }
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
