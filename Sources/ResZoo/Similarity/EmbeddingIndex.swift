import Files
import ModelDescriptor
import TensorCore

/// A file with the embeddings of many images (`spec/INDEX.md`), in which the nearest to an image are found exactly.
///
/// The rows stay in the file, which is mapped: a million of them are searched without memory for them, and each block is checked against its
/// checksum whenever it is read. An index may be used from several threads at once. The file must not be changed in place meanwhile; to replace it
/// by renaming, as building does, is safe.
public final class EmbeddingIndex: Sendable {
  /// The file.
  public let path: String
  /// What the embeddings were made with.
  public let origin: EmbeddingOrigin
  let layout: IndexLayout
  let mapping: MappedFile
  /// Open as long as this, so that no output replaces it.
  private let file: InputFile

  /// The number of embeddings.
  public var count: Int { layout.rows }
  /// The numbers of each embedding.
  public var width: Int { layout.width }

  /// True if a file begins as an index does.
  ///
  /// - Parameter path: any path; one that cannot be read is no index.
  public static func isIndex(path: String) -> Bool {
    guard let file = try? InputFile(path: path), file.byteCount >= UInt64(IndexLayout.magic.count),
      let start = try? file.read(count: IndexLayout.magic.count, at: 0)
    else { return false }
    return Array(copying: start.bytes) == IndexLayout.magic
  }

  /// Opens an index, and checks all of it but the rows, each block of which is checked when it is read.
  ///
  /// - Parameter path: the file.
  /// - Throws: ``SimilarityError``: `file`, `notAnIndex`, `newerVersion`, `damaged`.
  /// - Complexity: linear in the bytes of the names.
  public init(path: String) throws(SimilarityError) {
    let checksums: IndexChecksums
    do {
      file = try InputFile(path: path)
      let present = Int(min(file.byteCount, UInt64(IndexLayout.headerByteCount)))
      let header = try file.read(count: present, at: 0)
      (layout, checksums) = try IndexLayout.read(header.bytes, fileByteCount: file.byteCount, path: path)
      mapping = try MappedFile(file)
    } catch let error as FileError {
      throw SimilarityError(error)
    } catch let error as SimilarityError {
      throw error
    } catch {
      throw SimilarityError(.damaged, in: path, "\(error)")
    }
    self.path = path
    let parts = [
      (layout.origin.lowerBound..<layout.embeddings.lowerBound, checksums.origin, "origin"),
      (layout.table.lowerBound..<layout.ends.lowerBound, checksums.table, "table"),
      (layout.ends.lowerBound..<layout.texts.upperBound, checksums.names, "names"),
    ]
    for (range, checksum, name) in parts where mapping.checksum(of: range) != checksum {
      throw SimilarityError(damaged: path, at: range.lowerBound, "the checksum of its \(name) is wrong")
    }
    origin = try Self.origin(layout, mapping, path)
    guard end(ofName: count - 1) == layout.texts.count else {
      throw damaged(at: layout.texts.lowerBound - 8, "its names do not end where the file does")
    }
  }

  /// The name of an image, as it was given when the index was built. It may hold any character.
  ///
  /// - Precondition: `row` is one of the index.
  /// - Throws: ``SimilarityError`` with `damaged`.
  public func name(of row: Int) throws(SimilarityError) -> String {
    let start = row > 0 ? end(ofName: row - 1) : 0
    let end = end(ofName: row)
    let place = layout.texts.lowerBound
    guard start <= end, end <= layout.texts.count, end - start <= IndexLayout.nameLimit,
      let name = String(validating: mapping.copy(of: place + start..<place + end), as: UTF8.self)
    else {
      throw damaged(at: layout.ends.lowerBound + 8 * row, "the name of row \(row) is none")
    }
    return name
  }

  /// Refuses to compare embeddings of another origin with those of the index.
  ///
  /// - Parameter other: what the queries are made with.
  /// - Throws: ``SimilarityError`` with `otherModel`, and the difference.
  public func requireComparable(with other: EmbeddingOrigin) throws(SimilarityError) {
    guard let difference = origin.difference(from: other) else { return }
    throw SimilarityError(
      .otherModel, in: path,
      "is an index \(difference); use the one that it was made with, or build an index with this one")
  }

  /// Reads and checks everything: all rows and all names.
  ///
  /// - Throws: ``SimilarityError`` with `damaged`.
  public func verify() throws(SimilarityError) {
    var memory: [Float] = []
    for block in 0..<blockCount {
      try withBlock(block, memory: &memory) { values throws(SimilarityError) in
        for row in 0..<values.count / width {
          let length = squaredLength(values.extracting(row * width..<(row + 1) * width)).squareRoot()
          guard length == 0 || abs(length - 1) <= Double(2 * lengthError) else { throw fault(inBlock: block) }
        }
      }
    }
    for row in 0..<count { _ = try name(of: row) }
  }

  private func end(ofName row: Int) -> Int {
    Int(clamping: mapping.integer(UInt64.self, at: layout.ends.lowerBound + 8 * row))
  }

  func damaged(at offset: Int, _ message: String) -> SimilarityError {
    SimilarityError(damaged: path, at: offset, message)
  }

  private static func origin(
    _ layout: IndexLayout, _ mapping: MappedFile, _ path: String
  ) throws(SimilarityError) -> EmbeddingOrigin {
    do throws(DescriptorError) {
      let origin = try JSON.decode(
        EmbeddingOrigin.self, from: mapping.copy(of: layout.origin))
      try origin.preprocessing.validate()
      return origin
    } catch {
      throw SimilarityError(
        damaged: path, at: layout.origin.lowerBound, "its origin is no description of embeddings (\(error))")
    }
  }
}

extension EmbeddingIndex: EmbeddingRows {
  var blockRowCount: Int { layout.blockRows }

  /// Each number is rounded to binary16: by 2⁻¹¹ of its size, or by 2⁻²⁵ where that is more.
  var lengthError: Float { 0x1p-11 + 0x1p-17 }

  /// A block of rows as floats, once its checksum was found right (INDEX §4, §5).
  func withBlock(
    _ number: Int, memory: inout [Float], _ body: (Span<Float>) throws(SimilarityError) -> Void
  ) throws(SimilarityError) {
    let range = layout.bytes(ofBlock: number)
    let count = layout.rows(ofBlock: number).count * width
    let declared = mapping.integer(UInt32.self, at: layout.table.lowerBound + 4 * number)
    // A span is of a variable, not of a property of an object.
    let mapping = mapping
    guard mapping.checksum(of: range) == declared else {
      throw damaged(at: range.lowerBound, "the checksum of block \(number) of its rows is wrong")
    }
    if memory.count != count { memory = Array(repeating: 0, count: count) }
    var floats = memory.mutableSpan
    // A float has no padding, and is one whatever its bits are.
    var target = unsafe floats.mutableBytes
    FloatConversion.convert(
      mapping.bytes(in: range.lowerBound..<range.lowerBound + 2 * count), of: .float16, to: &target)
    try body(memory.span)
  }

  func fault(inBlock number: Int) -> SimilarityError {
    damaged(
      at: layout.bytes(ofBlock: number).lowerBound,
      "block \(number) of its rows has numbers that are not finite, or rows that are not of length 1")
  }
}

extension SimilarityError {
  /// A fault of an index at a position.
  fileprivate init(damaged path: String, at offset: Int, _ message: String) {
    self.init(.damaged, in: path, at: UInt64(offset), "is a damaged index: \(message); build it again")
  }
}

extension MappedFile {
  fileprivate func checksum(of range: Range<Int>) -> UInt32 { CRC32C.checksum(of: bytes(in: range)) }

  fileprivate func copy(of range: Range<Int>) -> [UInt8] { Array(copying: bytes(in: range)) }

  /// The integer at a position.
  fileprivate func integer<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type, at position: Int) -> T {
    // As in ByteReader; the bytes are exactly those of the integer.
    unsafe T(
      littleEndian: bytes(in: position..<position + MemoryLayout<T>.size).unsafeLoadUnaligned(as: T.self))
  }
}
