import Foundation
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Files that another program changes while they are open, in a way that no checksum notices.
@Suite struct PinnedTests {
  private let folder = TemporaryFolder()

  /// The polynomial of CRC-32C as bits of a file: where it is added, the checksum stays.
  private static let unnoticed: [UInt8] = (0..<5).map { UInt8(truncatingIfNeeded: 0x1_05EC_76F1 >> (8 * $0)) }

  /// Changes five bytes of a tensor, in place.
  private func change(_ path: String, _ name: String) throws {
    let index = try CheckpointReader(path: path).index
    let entry = try #require(index.entry(named: name))
    let start = index.indexByteCount + entry.blobOffset
    let file = try #require(FileHandle(forUpdatingAtPath: path))
    try file.seek(toOffset: start)
    let old = try #require(try file.read(upToCount: 5))
    try file.seek(toOffset: start)
    try file.write(contentsOf: Data(zip(old, Self.unnoticed).map { $0 ^ $1 }))
    try file.close()
  }

  @Test(arguments: [ElementType.float32, .float16, .bfloat16, .float64, .int8])
  func `what is loaded has the content root, whatever the file holds by now`(_ type: ElementType) throws {
    let tensors: NamedTensors = [("a", Tensor([4, 8], type, seed: 1)), ("b", Tensor([40], seed: 2))]
    let path = folder.write(try Sample.bytes(tensors, codec: .none, in: folder))
    let pinned = try CheckpointStack(path: path).pinned()
    try pinned.verify()
    _ = try pinned.loadWidened()
    let before = try #require(try pinned.loadTensors()["a"])
    #expect(before.byteArray == tensors[0].tensor.byteArray)
    try change(path, "a")
    // Checksums alone notice nothing.
    let loaded = try #require(try CheckpointStack(path: path).loadTensors()["a"])
    #expect(loaded.byteArray != before.byteArray)
    for load in [{ _ = try pinned.loadTensors() }, { _ = try pinned.loadWidened() }] {
      let error = #expect(throws: CheckpointError.self) { try load() }
      #expect(error?.code == .contentRootMismatch)
    }
  }

  @Test func `the base of a delta is held to it, too`() throws {
    let base = folder.write(try Sample.bytes(Sample.small, codec: .none, in: folder), to: "base.rzoo")
    let stack = try CheckpointStack(path: base)
    var changed = Sample.small
    changed[0].tensor = Tensor([5, 3], seed: 1)
    let delta = folder.file("delta.rzoo")
    try CheckpointWriter.writeDelta(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: changed, from: stack,
      to: delta)
    let pinned = try CheckpointStack(path: delta, bases: BaseSearch(files: [base], folders: [])).pinned()
    #expect(try pinned.loadTensors().count == changed.count)
    try change(base, "wide.weight")
    let error = #expect(throws: CheckpointError.self) { try pinned.loadTensors() }
    #expect(error?.code == .contentRootMismatch)
  }
}
