public import Datasets
import Files
import ModelDescriptor
import TensorCore

extension EmbeddingIndex {
  /// What building an index left behind.
  public struct Summary: Hashable, Sendable {
    /// The number of images in the index.
    public let count: Int
    /// The numbers of each embedding.
    public let width: Int
    /// The bytes of the file.
    public let byteCount: Int
  }

  /// Computes the embeddings of images and writes an index of them, which appears under its name when it is whole, or not at all. Images that cannot
  /// be read, or whose embedding is not finite, are left out.
  ///
  /// - Parameters:
  ///   - path: the file; one that is there is replaced.
  ///   - images: the images, whose names go into the index as they are.
  ///   - extractor: the network up to its embedding, or to another node that gives a vector.
  ///   - origin: the origin of what the extractor gives.
  ///   - observe: gets one result for each image, in order, one at a time, on any thread. An error that it throws ends the work, and no index is
  ///     written.
  /// - Throws: the error of `observe`; ``SimilarityError``: `notVectors`, `tooLarge`, `noImages` if none has an embedding, `file`;
  ///   ``ClassificationError``.
  /// - Complexity: memory for the names, and for the images that are worked on.
  public static func build(
    _ path: String, of images: [ImageSource], by extractor: FeatureExtractor, origin: EmbeddingOrigin,
    _ observe: (FeatureResult) throws -> Void = { _ in }
  ) throws -> Summary {
    let writer = try IndexWriter(path: path, origin: origin, width: try extractor.embeddingWidth())
    try extractor.embeddings(of: images) { result in
      if case .success(let row) = result.outcome {
        try writer.append(row.floats, name: result.input)
      }
      try observe(result)
    }
    return try writer.finish()
  }

  /// Writes an index of a table's embeddings, as ``build(_:of:by:origin:_:)``.
  ///
  /// - Parameters:
  ///   - path: the file; one that is there is replaced.
  ///   - table: the embeddings and their names.
  ///   - origin: the origin of the table.
  /// - Throws: ``SimilarityError``: `tooLarge`, `noImages` for an empty table, `file`.
  public static func write(
    _ path: String, _ table: EmbeddingTable, origin: EmbeddingOrigin
  ) throws(SimilarityError) -> Summary {
    let writer = try IndexWriter(path: path, origin: origin, width: table.width)
    for (row, name) in table.names.enumerated() {
      try writer.append(
        table.floats.span.extracting(row * table.width..<(row + 1) * table.width), name: name)
    }
    return try writer.finish()
  }
}

/// Writes an index front to back; its header comes last (INDEX).
final class IndexWriter {
  private let path: String
  private let file: AtomicFile
  private let width: Int
  private let blockRows: Int
  private let origin: [UInt8]
  private var rows = 0
  /// The checksum of the block that rows are appended to.
  private var block = CRC32C()
  private var table: [UInt32] = []
  private var ends: [UInt64] = []
  private var texts: [UInt8] = []

  /// Some 128 KiB of rows: as floats they stay in a core's cache while they are multiplied.
  private static func blockRows(width: Int) -> Int { max(1, (1 << 16) / width) }

  init(path: String, origin: EmbeddingOrigin, width: Int) throws(SimilarityError) {
    self.path = path
    self.width = width
    blockRows = Self.blockRows(width: width)
    let document: [UInt8]
    do throws(DescriptorError) { document = try JSON.encode(origin) } catch {
      throw SimilarityError(.damaged, "\(error)")
    }
    do throws(FileError) {
      file = try AtomicFile(path: path)
      try file.append(Array(repeating: UInt8(0), count: IndexLayout.headerByteCount).rawBytes)
      try file.append(document.rawBytes)
      try file.pad(to: UInt64(aligned(IndexLayout.headerByteCount + document.count)))
    } catch {
      throw SimilarityError(error)
    }
    self.origin = document
  }

  /// Appends a row of length 1 or zero.
  func append(_ row: Span<Float>, name: String) throws(SimilarityError) {
    precondition(row.count == width, "a row of \(row.count) numbers among rows of \(width)")
    guard name.utf8.count <= IndexLayout.nameLimit else {
      throw SimilarityError(
        .tooLarge, in: path,
        "cannot hold a name of \(name.utf8.count) bytes, '\(name.prefix(40))…'; at most \(IndexLayout.nameLimit) are allowed"
      )
    }
    guard rows < UInt32.max else {
      throw SimilarityError(.tooLarge, in: path, "cannot hold more than \(UInt32.max) images")
    }
    if rows > 0, rows % blockRows == 0 { endBlock() }
    var halves = [UInt8](repeating: 0, count: 2 * width)
    var target = halves.mutableSpan
    // Neither bytes nor floats have padding.
    var bytes = unsafe target.mutableBytes
    _ = unsafe FloatConversion.narrow(row.bytes, to: .float16, into: &bytes)
    block.update(halves.rawBytes)
    do throws(FileError) { try file.append(halves.rawBytes) } catch { throw SimilarityError(error) }
    texts += name.utf8
    ends.append(UInt64(texts.count))
    rows += 1
  }

  /// Writes what follows the rows, and the header, and gives the file its name.
  func finish() throws(SimilarityError) -> EmbeddingIndex.Summary {
    guard rows > 0 else {
      throw SimilarityError(.noImages, in: path, "is not written: no image has an embedding")
    }
    // A span is of a variable, not of a property of an object.
    let (origin, texts) = (origin, texts)
    let layout: IndexLayout
    do throws(IndexLayout.Fault) {
      layout = try IndexLayout(
        width: width, rows: rows, blockRows: blockRows, originLength: origin.count, textLength: texts.count)
    } catch {
      throw SimilarityError(.tooLarge, in: path, "cannot be written: \(error.message)")
    }
    func zeros(_ range: Range<Int>) -> [UInt8] { Array(repeating: 0, count: range.count) }
    block.update(zeros(layout.embeddings.upperBound..<layout.table.lowerBound).rawBytes)
    endBlock()
    var sums = ByteWriter()
    for sum in table { sums.write(sum) }
    var places = ByteWriter()
    for end in ends { places.write(end) }
    let document = origin + zeros(layout.origin.upperBound..<layout.embeddings.lowerBound)
    var names = CRC32C()
    names.update(places.bytes.rawBytes)
    names.update(texts.rawBytes)
    let checksums = IndexChecksums(
      origin: CRC32C.checksum(of: document),
      table: CRC32C.checksum(of: sums.bytes + zeros(layout.table.upperBound..<layout.ends.lowerBound)),
      names: names.value)
    do throws(FileError) {
      try file.pad(to: UInt64(layout.table.lowerBound))
      try file.append(sums.bytes.rawBytes)
      try file.pad(to: UInt64(layout.ends.lowerBound))
      try file.append(places.bytes.rawBytes)
      try file.append(texts.rawBytes)
      try file.overwriteStart(layout.header(checksums).rawBytes)
      try file.commit()
    } catch {
      throw SimilarityError(error)
    }
    return EmbeddingIndex.Summary(count: rows, width: width, byteCount: layout.fileByteCount)
  }

  private func endBlock() {
    table.append(block.value)
    block = CRC32C()
  }
}
