import TensorCore

/// The storage form of a chunk's bytes, FORMAT §5.1.
enum ChunkCodec: UInt8, Hashable, Sendable {
  case raw = 0
  case grouped = 1
}

/// One record of the chunk table, FORMAT §5, packed as in the file.
struct ChunkRecord: Hashable, Sendable {
  /// The stored length in the lower 24 bits, the codec above.
  private var word: UInt32
  var crc: UInt32

  var storedByteCount: Int { Int(word & 0xFF_FFFF) }
  var codecID: UInt8 { UInt8(word >> 24) }

  init(storedByteCount: Int, codec: ChunkCodec, crc: UInt32) {
    precondition(storedByteCount < 1 << 24, "a chunk of \(storedByteCount) bytes")
    word = UInt32(storedByteCount) | UInt32(codec.rawValue) << 24
    self.crc = crc
  }

  init(_ reader: inout ByteReader) throws(ByteReaderError) {
    word = try reader.read()
    crc = try reader.read()
  }

  func write(to writer: inout ByteWriter) {
    writer.write(word)
    writer.write(crc)
  }

  /// The rules of FORMAT §5.1 and §5.2 for a chunk of `decodedByteCount` bytes of this type.
  ///
  /// - Returns: the codec.
  func validate(
    decodedByteCount: Int, type: ElementType, name: String, at offset: UInt64?
  ) throws(CheckpointError) -> ChunkCodec {
    guard let codec = ChunkCodec(rawValue: codecID), codec == .raw || type.canBeGrouped else {
      throw CheckpointError(
        .unknownCodec, at: offset,
        "a chunk of tensor \(name) (\(type.rawValue)) has codec \(codecID), which format version \(Format.version) does not have"
      )
    }
    let isPlausible =
      switch codec {
      case .raw: storedByteCount == decodedByteCount
      case .grouped:
        storedByteCount < decodedByteCount
          && storedByteCount > decodedByteCount - decodedByteCount / type.byteCount
      }
    guard isPlausible else {
      throw CheckpointError(
        .badChunkTable, at: offset,
        "a chunk of tensor \(name) with \(decodedByteCount) bytes has a stored length of \(storedByteCount) (codec \(codecID))"
      )
    }
    return codec
  }
}

/// The chunk table, FORMAT §5.
struct ChunkTable: Hashable, Sendable {
  var records: [ChunkRecord]

  func encoded() -> [UInt8] {
    var writer = ByteWriter()
    for record in records { record.write(to: &writer) }
    return writer.bytes
  }

  init(records: [ChunkRecord]) {
    self.records = records
  }

  /// Reads a table of `count` records from its section, which starts at `offset` in the file.
  init(_ content: [UInt8], count: Int, at offset: UInt64) throws(CheckpointError) {
    guard content.count == count * Format.chunkRecordByteCount else {
      throw CheckpointError(
        .badChunkTable, at: offset,
        "the chunk table has \(content.count) bytes, where \(count) chunks need \(count * 8)")
    }
    records = []
    records.reserveCapacity(count)
    var reader = ByteReader(content.rawBytes)
    do throws(ByteReaderError) {
      for _ in 0..<count { records.append(try ChunkRecord(&reader)) }
      try reader.expectEnd()
    } catch {
      throw CheckpointError(.badChunkTable, at: offset, "the chunk table ends early")
    }
  }
}
