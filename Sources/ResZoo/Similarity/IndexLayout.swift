import Messages
import TensorCore

/// Where the parts of an index lie (INDEX §1, §2). Reader and writer check it by ``init(width:rows:blockRows:originLength:textLength:)``.
struct IndexLayout: Hashable, Sendable {
  static let magic: [UInt8] = [0x89, 0x52, 0x5A, 0x58, 0x0D, 0x0A, 0x1A, 0x0A]
  static let version: UInt32 = 1
  static let headerByteCount = 64
  static let widthLimit = 1 << 16
  static let blockLimit = 1 << 22
  static let originLimit = 1 << 16
  static let nameLimit = 4096
  /// All names are read, and their checksum compared, before anything is searched.
  static let textLimit = 1 << 32

  let width: Int
  let rows: Int
  let blockRows: Int
  /// The document, without the zeros behind it.
  let origin: Range<Int>
  /// The rows, without the zeros behind them.
  let embeddings: Range<Int>
  /// The checksums of the blocks, without the zeros behind them.
  let table: Range<Int>
  /// The ends of the names.
  let ends: Range<Int>
  /// The texts of the names, up to the end of the file.
  let texts: Range<Int>

  var blockCount: Int { (rows - 1) / blockRows + 1 }
  var fileByteCount: Int { texts.upperBound }

  /// A fault of a field, at its place in the header.
  struct Fault: Error {
    let offset: UInt64
    let message: String
  }

  /// - Throws: ``Fault`` for numbers that no index has.
  init(width: Int, rows: Int, blockRows: Int, originLength: Int, textLength: Int) throws(Fault) {
    guard (1...Self.widthLimit).contains(width) else {
      throw Fault(offset: 12, message: "its rows have \(width) numbers; 1 to \(Self.widthLimit) are allowed")
    }
    guard (1...Int(UInt32.max)).contains(rows) else {
      throw Fault(offset: 16, message: "it has \(rows) rows; 1 to \(UInt32.max) are allowed")
    }
    guard blockRows == 1 || (1...Self.blockLimit / width).contains(blockRows) else {
      throw Fault(
        offset: 24,
        message: "its blocks have \(blockRows) rows; 1 to \(max(1, Self.blockLimit / width)) are allowed")
    }
    guard (2...Self.originLimit).contains(originLength) else {
      throw Fault(
        offset: 28, message: "its origin has \(originLength) bytes; 2 to \(Self.originLimit) are allowed")
    }
    guard (0...min(Self.textLimit, Self.nameLimit * rows)).contains(textLength) else {
      throw Fault(
        offset: 32,
        message:
          "its names have \(textLength) bytes, for \(rows) rows; at most \(Self.nameLimit) for each and \(Self.textLimit) in all are allowed"
      )
    }
    self.width = width
    self.rows = rows
    self.blockRows = blockRows
    // At most 2⁴⁹ bytes of rows: nothing overflows.
    origin = Self.headerByteCount..<Self.headerByteCount + originLength
    let start = aligned(origin.upperBound)
    embeddings = start..<start + 2 * rows * width
    let tableStart = aligned(embeddings.upperBound)
    table = tableStart..<tableStart + 4 * ((rows - 1) / blockRows + 1)
    let endsStart = aligned(table.upperBound)
    ends = endsStart..<endsStart + 8 * rows
    texts = ends.upperBound..<ends.upperBound + textLength
  }

  /// The rows of a block.
  func rows(ofBlock block: Int) -> Range<Int> {
    let start = block * blockRows
    return start..<min(rows, start + blockRows)
  }

  /// The bytes of a block, of the last one with the zeros behind the rows.
  func bytes(ofBlock block: Int) -> Range<Int> {
    let rows = rows(ofBlock: block)
    let start = embeddings.lowerBound + 2 * width * rows.lowerBound
    return start..<(block == blockCount - 1 ? table.lowerBound : start + 2 * width * rows.count)
  }
}

/// The checksums that a header has.
struct IndexChecksums: Hashable, Sendable {
  var origin: UInt32
  var table: UInt32
  var names: UInt32
}

/// The smallest multiple of 64 that is at least `position`.
func aligned(_ position: Int) -> Int { (position + 63) & ~63 }

extension IndexLayout {
  /// The 64 bytes of the header.
  func header(_ checksums: IndexChecksums) -> [UInt8] {
    var writer = ByteWriter()
    writer.write(bytes: Self.magic)
    writer.write(Self.version)
    writer.write(UInt32(width))
    writer.write(UInt64(rows))
    writer.write(UInt32(blockRows))
    writer.write(UInt32(origin.count))
    writer.write(UInt64(texts.count))
    writer.write(UInt64(fileByteCount))
    writer.write(checksums.origin)
    writer.write(checksums.table)
    writer.write(checksums.names)
    writer.write(CRC32C.checksum(of: writer.bytes))
    return writer.bytes
  }

  /// Reads the header of a file.
  ///
  /// - Parameters:
  ///   - bytes: the first 64 bytes of the file, or all if it has fewer.
  ///   - byteCount: the length of the file.
  ///   - path: the file, for errors.
  /// - Throws: ``SimilarityError``: `notAnIndex`, `newerVersion`, `damaged`.
  static func read(
    _ bytes: RawSpan, fileByteCount byteCount: UInt64, path: String
  ) throws(SimilarityError) -> (IndexLayout, IndexChecksums) {
    func damaged(_ offset: UInt64, _ message: String) -> SimilarityError {
      SimilarityError(.damaged, in: path, at: offset, "is a damaged index: \(message); build it again")
    }
    let start = Array(copying: bytes.extracting(first: magic.count))
    guard start == magic else {
      throw SimilarityError(
        .notAnIndex, in: path, at: 0,
        "is no index of embeddings; build one, or name a folder of images")
    }
    guard bytes.byteCount >= headerByteCount else {
      throw damaged(byteCount, "it ends within its header")
    }
    let sum = CRC32C.checksum(of: bytes.extracting(0..<60))
    var reader = ByteReader(bytes.extracting(first: headerByteCount))
    let layout: IndexLayout
    let checksums: IndexChecksums
    do {
      _ = try reader.take(magic.count)
      let version: UInt32 = try reader.read()
      let width: UInt32 = try reader.read()
      let rows: UInt64 = try reader.read()
      let blockRows: UInt32 = try reader.read()
      let originLength: UInt32 = try reader.read()
      let textLength: UInt64 = try reader.read()
      let length: UInt64 = try reader.read()
      checksums = IndexChecksums(
        origin: try reader.read(), table: try reader.read(), names: try reader.read())
      let declared: UInt32 = try reader.read()
      try reader.expectEnd()
      guard declared == sum else { throw damaged(60, "the checksum of its header is wrong") }
      guard version <= Self.version else {
        throw SimilarityError(
          .newerVersion, in: path, at: 8,
          "is an index of version \(version), and this program reads version \(Self.version); use a newer one, or build it again"
        )
      }
      guard version == Self.version else { throw damaged(8, "there is no version \(version)") }
      guard length == byteCount else {
        throw damaged(40, "it has \(byteCount) bytes, and its header says \(length)")
      }
      layout = try IndexLayout(
        width: Int(width), rows: Int(clamping: rows), blockRows: Int(blockRows),
        originLength: Int(originLength), textLength: Int(clamping: textLength))
    } catch let error as SimilarityError {
      throw error
    } catch let fault as Fault {
      throw damaged(fault.offset, fault.message)
    } catch {
      throw damaged(byteCount, "it ends within its header")
    }
    guard layout.fileByteCount == Int(clamping: byteCount) else {
      throw damaged(
        byteCount, "what its header says takes \(layout.fileByteCount) bytes, and it has \(byteCount)")
    }
    return (layout, checksums)
  }
}
