import TensorCore

/// A tensor in the directory, FORMAT §4.
struct DirectoryTensor: Hashable, Sendable {
  var name: String
  var elementType: ElementType
  var shape: Shape

  /// The number of decoded bytes. Within 2^43 once the shape was checked.
  var decodedByteCount: Int { elementType.byteCount(of: shape) }
}

/// The tensor directory, FORMAT §4.
struct TensorDirectory: Hashable, Sendable {
  var chunkExponent: UInt8
  var tensors: [DirectoryTensor]

  /// Decoded bytes of a chunk, but for the last one of a tensor.
  var chunkByteCount: Int { 1 << Int(chunkExponent) }

  /// The number of chunks of a tensor of so many decoded bytes.
  func chunkCount(decodedByteCount: Int) -> Int {
    decodedByteCount / chunkByteCount + (decodedByteCount % chunkByteCount == 0 ? 0 : 1)
  }

  /// The directory as the content of its section. It must have been validated.
  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    writer.write(UInt32(tensors.count))
    writer.write(chunkExponent)
    writer.write(bytes: [0, 0, 0])
    for tensor in tensors {
      writer.write(UInt8(tensor.name.utf8.count))
      writer.write(bytes: tensor.name.utf8)
      writer.write(tensor.elementType.formatID)
      writer.write(UInt8(tensor.shape.rank))
      writer.write(UInt8(0))
      for extent in tensor.shape.dimensions { writer.write(UInt32(extent)) }
    }
    return writer.bytes
  }

  init(chunkExponent: UInt8, tensors: [DirectoryTensor]) {
    self.chunkExponent = chunkExponent
    self.tensors = tensors
  }

  /// Reads the directory from its decoded section, which starts at `offset` in the file, and validates it. Without a
  /// `fileLength`, the tensors may take any size.
  init(_ content: [UInt8], at offset: UInt64, fileLength: UInt64?) throws(CheckpointError) {
    var reader = ByteReader(content.rawBytes)
    chunkExponent = 0
    tensors = []
    do {
      let count: UInt32 = try reader.read()
      chunkExponent = try reader.read()
      let reserved = try reader.readBytes(3)
      guard count <= Format.tensorCountLimit else {
        throw CheckpointError(
          .badDirectory, at: offset, "\(count) tensors, where at most \(Format.tensorCountLimit) are allowed")
      }
      guard reserved == [0, 0, 0] else {
        throw CheckpointError(.reservedNotZero, at: offset, "a reserved byte of the directory is not zero")
      }
      for _ in 0..<count { tensors.append(try Self.readTensor(&reader, at: offset)) }
      try reader.expectEnd()
    } catch let error as CheckpointError {
      throw error
    } catch ByteReaderError.trailingBytes(_, let count) {
      throw CheckpointError(.badDirectory, at: offset, "\(count) bytes follow the end of the directory")
    } catch {
      throw CheckpointError(.badDirectory, at: offset, "the directory ends within a field")
    }
    try validate(at: offset, fileLength: fileLength)
  }

  private static func readTensor(_ reader: inout ByteReader, at offset: UInt64) throws -> DirectoryTensor {
    let nameByteCount: UInt8 = try reader.read()
    let nameBytes = try reader.readBytes(Int(nameByteCount))
    try TensorName.validate(nameBytes, at: offset)
    let name = String(decoding: nameBytes, as: UTF8.self)
    let typeID: UInt8 = try reader.read()
    guard let elementType = ElementType(formatID: typeID) else {
      throw CheckpointError(
        .unknownElementType, at: offset,
        "tensor \(name) has element type \(typeID), which format version \(Format.version) does not have")
    }
    let rank: UInt8 = try reader.read()
    let reserved: UInt8 = try reader.read()
    guard rank <= Format.rankLimit else {
      throw CheckpointError(
        .badDirectory, at: offset, "tensor \(name) has rank \(rank), above the limit of \(Format.rankLimit)")
    }
    try requireRank(Int(rank), for: elementType, of: name, at: offset)
    guard reserved == 0 else {
      throw CheckpointError(.reservedNotZero, at: offset, "a reserved byte of tensor \(name) is not zero")
    }
    var extents: [Int] = []
    for _ in 0..<rank { extents.append(Int(try reader.read(UInt32.self))) }
    let shape = try TensorDirectory.shape(extents, of: name, at: offset)
    return DirectoryTensor(name: name, elementType: elementType, shape: shape)
  }
}
