import Files
import TensorCore

/// A checkpoint that is open for reading.
///
/// Opening reads and verifies the index; the blobs are read when tensors are loaded. They are read with `pread`,
/// never through a mapping, unless ``mapTensors(names:threads:verifyingChecksums:)`` asks for one: a file that another
/// program shortens then gives an error, where a mapping would end the process.
public final class CheckpointReader: Sendable {
  /// Everything but the elements of the tensors.
  public let index: CheckpointIndex

  let file: InputFile

  /// Where the file was when it was opened.
  public var path: String { file.path }

  /// Opens a checkpoint and verifies its index. No blob is read.
  ///
  /// - Parameter allowingAnySize: accepts tensors that take more than eight times the file and 1 MiB. What the machine has no
  ///   memory for is refused all the same when it is loaded.
  /// - Throws: any code of FORMAT §10 that concerns the file or its index.
  /// - Complexity: linear in the size of the index, whatever the size of the file; memory is the index and at most 16 MiB.
  public convenience init(path: String, allowingAnySize: Bool = false) throws(CheckpointError) {
    try self.init(InputFile.open(path), allowingAnySize: allowingAnySize)
  }

  /// Opens a checkpoint whose bytes are in memory; they are copied.
  ///
  /// - Parameter name: stands for the path in messages.
  /// - Throws: as ``init(path:allowingAnySize:)``.
  public convenience init(copying bytes: RawSpan, name: String) throws(CheckpointError) {
    let file: InputFile
    do { file = try InputFile(copying: bytes, name: name) } catch { throw CheckpointError(error) }
    try self.init(file, allowingAnySize: false)
  }

  private init(_ file: InputFile, allowingAnySize: Bool) throws(CheckpointError) {
    let header = try FileHeader(of: file)
    // Within the file and 64 MiB, as the header was validated.
    var bytes = AlignedBuffer(byteCount: Int(header.blobOffset), uninitialized: true)
    var target = bytes.mutableBytes
    try file.fill(&target, from: 0)
    index = try CheckpointIndex(bytes.bytes, header: header, allowingAnySize: allowingAnySize)
    self.file = file
  }

  /// Returns true if a file can be read and starts as every checkpoint does, whatever follows.
  public static func isCheckpoint(path: String) -> Bool {
    (try? start(of: path)) == Array(Format.magic.prefix(startByteCount))
  }

  /// Bytes that tell a checkpoint from other files.
  private static let startByteCount = 4

  private static func start(of path: String) throws(CheckpointError) -> [UInt8] {
    let file = try InputFile.open(path)
    var start = AlignedBuffer(byteCount: startByteCount)
    var target = start.mutableBytes
    try file.fill(&target, from: 0)
    return Array(copying: start.bytes)
  }

  /// The chunks of an entry, in order.
  func places(ofEntry number: Int) -> [ChunkPlace] {
    let entry = index.entries[number]
    var position = index.indexByteCount + entry.blobOffset
    var places: [ChunkPlace] = []
    places.reserveCapacity(entry.chunkCount)
    for chunk in 0..<entry.chunkCount {
      let record = index.chunks[entry.firstChunk + chunk]
      let start = chunk * index.chunkByteCount
      places.append(
        ChunkPlace(
          entry: number, decoded: start..<min(start + index.chunkByteCount, entry.decodedByteCount),
          position: position, record: record))
      position += UInt64(record.storedByteCount)
    }
    return places
  }

  /// Where the next blob that has bytes starts, or the file ends, after the blob of an entry.
  ///
  /// - Complexity: linear in the number of tensors without elements that follow.
  func paddingEnd(ofEntry number: Int) -> UInt64 {
    let next = index.entries[(number + 1)...].first { $0.chunkCount > 0 }
    return next.map { index.indexByteCount + $0.blobOffset } ?? index.fileByteCount
  }

  /// The numbers of the entries with these names, ascending; all for nil.
  func entryNumbers(_ names: Set<String>?) throws(CheckpointError) -> [Int] {
    guard let names else { return Array(index.entries.indices) }
    for name in names.sorted() where index.entry(named: name) == nil {
      throw CheckpointError(.unknownTensor, "\(file.path) holds no tensor \(name)")
    }
    return index.entries.indices.filter { names.contains(index.entries[$0].name) }
  }

  static func checkPadding(_ padding: RawSpan, at position: UInt64) throws(CheckpointError) {
    guard ByteRegrouping.isZero(padding) else {
      throw CheckpointError(.paddingNotZero, at: position, "the padding after a blob is not zero")
    }
  }
}
