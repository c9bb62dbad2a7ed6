import Deflate
import Files
import Messages
import TensorCore

/// Bytes that an archive holds under some name, perhaps compressed, perhaps with a checksum.
struct StoredBytes {
  var name: String
  var start: Int
  /// Bytes in the file.
  var storedCount: Int
  /// Bytes when decoded.
  var byteCount: Int
  var isDeflated = false
  /// True if the bytes in the file are a text in UTF-8, each of whose characters stands for one byte.
  var isText = false
  var checksum: UInt32?

  init(name: String, start: Int, byteCount: Int) {
    self.name = name
    self.start = start
    self.byteCount = byteCount
    storedCount = byteCount
  }

  /// Bytes within a pickle.
  init(text place: PickledBytes, named name: String, byteCount: Int) {
    self.name = name
    self.byteCount = byteCount
    start = place.range.lowerBound
    storedCount = place.range.count
    isText = place.isText
  }

  /// True if the bytes in the file are not those that they stand for.
  var isEncoded: Bool { isDeflated || isText }

  init(_ entry: ZipEntry) {
    name = entry.name
    start = entry.start
    storedCount = entry.storedCount
    byteCount = entry.byteCount
    isDeflated = entry.method == .deflated
    checksum = entry.checksum
  }

  /// Bytes of a file that are read at once.
  static let pieceSize = 256 << 10

  /// All bytes, decoded and compared with the checksum, in memory of their own.
  func read(from file: InputFile) throws(WeightFileError) -> AlignedBuffer {
    if isDeflated {
      let buffer = try inflated(from: file)
      try check(buffer, in: file)
      return buffer
    }
    if isText { return try decodedText(from: file) }
    let buffer = try file.bytes(count: byteCount, at: start)
    try check(buffer, in: file)
    return buffer
  }

  /// The bytes that the characters of a text stand for.
  private func decodedText(from file: InputFile) throws(WeightFileError) -> AlignedBuffer {
    var buffer = AlignedBuffer(byteCount: byteCount)
    var target = buffer.mutableBytes
    var done = 0
    var high: UInt8?
    var position = start
    while position < start + storedCount {
      let piece = try file.array(in: position..<min(position + Self.pieceSize, start + storedCount))
      position += piece.count
      for byte in piece {
        let value: UInt8
        switch (high, byte) {
        case (nil, 0..<0x80): value = byte
        case (nil, 0xC2...0xC3):
          high = byte
          continue
        case (let first?, 0x80..<0xC0): value = first << 6 | byte & 0x3F
        default:
          throw WeightFileError(
            .malformedPickle, file: file.path, "'\(name)' is no text that stands for bytes")
        }
        high = nil
        guard done < byteCount else { break }
        target.storeBytes(of: value, toByteOffset: done, as: UInt8.self)
        done += 1
      }
    }
    guard high == nil, done == byteCount else {
      throw WeightFileError(
        .storageMismatch, file: file.path, "'\(name)' stands for other than \(byteCount) bytes")
    }
    return buffer
  }

  /// All bytes as an array.
  func array(from file: InputFile) throws(WeightFileError) -> [UInt8] {
    let buffer = try read(from: file)
    return [UInt8](copying: buffer.bytes)
  }

  /// A cursor over all bytes, which are compared with the checksum before.
  func verifiedCursor(in file: InputFile) throws(WeightFileError) -> ByteCursor {
    if isDeflated { return ByteCursor(try array(from: file), path: file.path, fileSize: file.size) }
    try verify(in: file)
    return ByteCursor(file, in: start..<(start + byteCount))
  }

  private func check(_ buffer: borrowing AlignedBuffer, in file: InputFile) throws(WeightFileError) {
    guard checksum != nil else { return }
    var sum = CRC32()
    sum.update(buffer.bytes)
    try require(sum, in: file)
  }

  /// Compares all bytes with the checksum, a piece at a time.
  func verify(in file: InputFile) throws(WeightFileError) {
    guard checksum != nil else { return }
    let stream = isDeflated ? DeflatedStream(self, in: file) : nil
    var sum = CRC32()
    var done = 0
    while done < byteCount {
      var count = min(Self.pieceSize, byteCount - done)
      var piece: AlignedBuffer
      if let stream {
        piece = AlignedBuffer(byteCount: count, uninitialized: true)
        var target = piece.mutableBytes
        count = try stream.next(into: &target)
      } else {
        piece = try file.bytes(count: count, at: start + done)
      }
      sum.update(piece.bytes.extracting(first: count))
      done += count
    }
    try stream?.expectEnd()
    try require(sum, in: file)
  }

  private func inflated(from file: InputFile) throws(WeightFileError) -> AlignedBuffer {
    let stream = DeflatedStream(self, in: file)
    var buffer = AlignedBuffer(byteCount: byteCount, uninitialized: true)
    var done = 0
    while done < byteCount {
      var target = buffer.mutableBytes(in: done..<byteCount)
      done += try stream.next(into: &target)
    }
    try stream.expectEnd()
    return buffer
  }

  private func require(_ sum: CRC32, in file: InputFile) throws(WeightFileError) {
    guard let checksum, sum.value != checksum else { return }
    throw WeightFileError(
      .checksumMismatch, file: file.path,
      "'\(name)' has the CRC-32 \(hexadecimal(sum.value)), but the archive says \(hexadecimal(checksum)): the file is "
        + "damaged")
  }
}
