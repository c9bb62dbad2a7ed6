import Crypto
import TensorCore

extension CheckpointReader {
  /// Verifies everything: reads and decodes every chunk, checks every checksum and all padding, and compares the content
  /// root. The index was verified when the file was opened.
  ///
  /// - Parameter threads: how many threads work; 0 means one for each core.
  /// - Throws: `chunkChecksum`, `badChunkContent`, `paddingNotZero`, `contentRootMismatch`, `truncated`, `readFailed`.
  /// - Complexity: linear in the size of the file; memory beyond the index is at most 16 MiB.
  ///
  /// In a delta, whose content root is that of the merged model, everything but that is verified:
  /// ``CheckpointStack/verify(threads:)`` does it all.
  public func verify(threads: Int = 0) throws(CheckpointError) {
    let digests = try digests(threads: threads)
    guard !index.isDelta else { return }
    try ContentRoot.require(
      ContentRoot.root(index.entries.map(\.directoryTensor), digests: digests), toBe: index.contentRoot)
  }

  /// Verifies every chunk and all padding.
  ///
  /// - Returns: the SHA-256 of each entry's elements.
  func digests(threads: Int) throws(CheckpointError) -> [[UInt8]] {
    let digests = ResultSlots<[UInt8]>(count: index.entries.count)
    let chunkByteCount = min(index.chunkByteCount, index.entries.map(\.decodedByteCount).max() ?? 0)
    try Parallel.run(
      jobs: index.entries.count, threads: threads, workerByteCount: chunkByteCount / 2 * 5,
      worker: { VerifyWorker(chunkByteCount: chunkByteCount) }
    ) { (worker: VerifyWorker, job) throws(CheckpointError) in
      digests.set(job, try worker.digest(ofEntry: job, reader: self))
    }
    return digests.all()
  }
}

extension TensorEntry {
  var directoryTensor: DirectoryTensor {
    DirectoryTensor(name: name, elementType: elementType, shape: shape)
  }
}

/// The memory that one thread needs to verify tensors.
private final class VerifyWorker {
  private let decoder: ChunkDecoder
  private let stored: ScratchBuffer
  private let decoded: ScratchBuffer

  init(chunkByteCount: Int) {
    decoder = ChunkDecoder(chunkByteCount: chunkByteCount)
    stored = ScratchBuffer(byteCount: chunkByteCount + Format.alignment)
    decoded = ScratchBuffer(byteCount: chunkByteCount)
  }

  /// Verifies a blob and the padding behind it.
  ///
  /// - Returns: the SHA-256 of the decoded bytes.
  func digest(ofEntry number: Int, reader: CheckpointReader) throws(CheckpointError) -> [UInt8] {
    let (stored, decoded) = (stored, decoded)
    let entry = reader.index.entries[number]
    let places = reader.places(ofEntry: number)
    var hasher = SHA256()
    for (index, place) in places.enumerated() {
      let storedCount = place.record.storedByteCount
      let isLast = index + 1 == places.count
      let end = isLast ? reader.paddingEnd(ofEntry: number) : place.position + UInt64(storedCount)
      let count = Int(end - place.position)
      var input = stored.mutableBytes(in: 0..<count)
      try reader.file.fill(&input, from: place.position)
      var target = decoded.mutableBytes(in: 0..<place.decoded.count)
      try decoder.decode(stored.bytes(in: 0..<storedCount), place, entry, into: &target)
      try CheckpointReader.checkPadding(
        stored.bytes(in: storedCount..<count), at: place.position + UInt64(storedCount))
      ContentRoot.update(&hasher, decoded.bytes(in: 0..<place.decoded.count))
    }
    return Array(hasher.finalize())
  }
}
