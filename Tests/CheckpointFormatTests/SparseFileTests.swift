import Platform
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files with holes, which take no room on the disk and may be larger than it.
@Suite struct SparseFileTests {
  let folder = TemporaryFolder()

  @Test(.enabled(if: Machine.memoryByteCount < 1 << 38))
  func moreThanTheMachineHoldsIsRefusedBeforeMemoryIsTaken() throws {
    // 256 GiB of raw zeros.
    let directory = TensorDirectory(
      chunkExponent: 22,
      tensors: [DirectoryTensor(name: "w", elementType: .float32, shape: [1 << 20, 1 << 16])])
    var index = try IndexBuilder(
      IndexParts(architectureJSON: Sample.architecture, metadataJSON: Sample.metadata), directory: directory,
      compressing: false)
    index.contentRoot = [UInt8](repeating: 0, count: 32)
    index.chunks = (0..<1 << 16).map { _ in ChunkRecord(storedByteCount: 1 << 22, codec: .raw, crc: 0) }
    let fileLength = index.blobOffset + 1 << 38
    let path = folder.write(index.encoded(fileLength: fileLength))
    try #require(unsafe truncate(path, off_t(fileLength)) == 0)
    let reader = try CheckpointReader(path: path)
    #expect(throws: CheckpointError(.decodedSizeRefused, "")) { try reader.loadTensors() }
  }
}
