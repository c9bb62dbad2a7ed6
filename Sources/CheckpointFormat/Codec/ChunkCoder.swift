import Deflate
import Messages
import TensorCore

/// The codecs that a writer may use.
public enum Codec: String, Hashable, Sendable, CaseIterable {
  /// Each chunk as it takes the least space.
  case automatic = "auto"
  /// Everything raw, for files whose tensors are used in place from a memory mapping.
  case none
}

/// Where a chunk lies in the file and in its tensor.
struct ChunkPlace: Hashable, Sendable {
  /// The index of the tensor's entry.
  var entry: Int
  /// The bytes of the tensor that the chunk holds.
  var decoded: Range<Int>
  /// The position of the stored bytes in the file.
  var position: UInt64
  var record: ChunkRecord
}

/// Encodes chunks, FORMAT §5. Not for several threads at once.
final class ChunkEncoder {
  private let deflater = Deflater(.huffmanOnly)
  private let top: ScratchBuffer

  /// An encoder of chunks of at most `chunkByteCount` bytes.
  init(chunkByteCount: Int) {
    top = ScratchBuffer(byteCount: chunkByteCount / 2)
  }

  /// The bytes that a chunk must save: FORMAT §5.1 asks for one.
  private static let leastSaving = 1

  /// Encodes one chunk.
  ///
  /// - Parameter output: receives the stored bytes of a grouped chunk; those of a raw one are `chunk` itself. It has
  ///   room for the chunk.
  func encode(_ chunk: RawSpan, type: ElementType, codec: Codec, output: ScratchBuffer) -> ChunkRecord {
    if codec == .automatic, type.canBeGrouped, let count = group(chunk, width: type.byteCount, output: output)
    {
      let sum = CRC32C.checksum(of: output.bytes(in: 0..<count))
      return ChunkRecord(storedByteCount: count, codec: .grouped, crc: sum)
    }
    return ChunkRecord(storedByteCount: chunk.byteCount, codec: .raw, crc: CRC32C.checksum(of: chunk))
  }

  /// Encodes a chunk with the grouped codec into `output`.
  ///
  /// - Returns: the stored length, or nil when it does not pay.
  private func group(_ chunk: RawSpan, width: Int, output: ScratchBuffer) -> Int? {
    let count = chunk.byteCount / width
    let planes = count * (width - 1)
    guard count > Self.leastSaving else { return nil }
    if width == 1 {
      var stream = output.mutableBytes(in: 0..<count - Self.leastSaving)
      return deflater.encode(chunk, into: &stream)
    }
    let top = self.top
    var topPart = top.mutableBytes(in: 0..<count)
    var planePart = output.mutableBytes(in: 0..<planes)
    ByteRegrouping.split(width: width, elements: chunk, planes: &planePart, top: &topPart)
    var streamPart = output.mutableBytes(in: planes..<planes + count - Self.leastSaving)
    guard let streamCount = deflater.encode(top.bytes(in: 0..<count), into: &streamPart) else {
      return nil
    }
    return planes + streamCount
  }
}

/// Decodes chunks, FORMAT §5. Not for several threads at once.
final class ChunkDecoder {
  private let inflater = Inflater()
  private let top: ScratchBuffer
  let isVerifying: Bool

  /// A decoder of chunks that decode to at most `chunkByteCount` bytes, and whose checksums are verified.
  init(chunkByteCount: Int, verifying: Bool = true) {
    isVerifying = verifying
    top = ScratchBuffer(byteCount: chunkByteCount / 2)
  }

  /// Checks and decodes one chunk.
  ///
  /// - Parameters:
  ///   - stored: exactly the chunk's stored bytes.
  ///   - target: exactly as many bytes as it decodes to.
  func decode(
    _ stored: RawSpan, _ place: ChunkPlace, _ entry: TensorEntry, into target: inout MutableRawSpan
  ) throws(CheckpointError) {
    if isVerifying { try Self.check(stored, place, entry) }
    let width = entry.elementType.byteCount
    if place.record.codecID != ChunkCodec.grouped.rawValue {
      target.copy(from: stored)
    } else if width == 1 {
      try inflate(stored, place, entry, into: &target)
    } else {
      let count = target.byteCount / width
      let planes = count * (width - 1)
      let top = self.top
      var topPart = top.mutableBytes(in: 0..<count)
      try inflate(stored.extracting(droppingFirst: planes), place, entry, into: &topPart)
      ByteRegrouping.join(
        width: width, planes: stored.extracting(first: planes), top: top.bytes(in: 0..<count),
        elements: &target)
    }
    try ChannelScales.check(target.bytes, place, entry)
  }

  /// Decodes the stream of a grouped chunk.
  private func inflate(
    _ stream: RawSpan, _ place: ChunkPlace, _ entry: TensorEntry, into target: inout MutableRawSpan
  ) throws(CheckpointError) {
    if !LiteralStream.decode(stream, into: &target), let fault = inflater.decode(stream, into: &target) {
      throw CheckpointError(
        .badChunkContent, at: place.position, "a chunk of tensor \(entry.name) cannot be decoded: \(fault)")
    }
  }

  /// Checks a raw chunk where it lies.
  static func checkInPlace(
    _ bytes: RawSpan, _ place: ChunkPlace, _ entry: TensorEntry, verifying: Bool = true
  ) throws(CheckpointError) {
    if verifying { try check(bytes, place, entry) }
    try ChannelScales.check(bytes, place, entry)
  }

  /// Checks the checksum of a chunk.
  static func check(
    _ stored: RawSpan, _ place: ChunkPlace, _ entry: TensorEntry
  ) throws(CheckpointError) {
    let sum = CRC32C.checksum(of: stored)
    guard sum == place.record.crc else {
      throw CheckpointError(
        .chunkChecksum, at: place.position,
        """
        tensor \(entry.name) is damaged: the checksum of its bytes \(place.decoded.lowerBound)..<\
        \(place.decoded.upperBound) is 0x\(hexadecimal(sum)), and 0x\(hexadecimal(place.record.crc)) is recorded
        """)
    }
  }
}
