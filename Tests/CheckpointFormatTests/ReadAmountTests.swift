import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

#if os(Linux)
import Glibc

/// Where the kernel counts the bytes that a thread reads.
private let counters = "/proc/thread-self/io"

/// What is read of a file: the index, and the chunks that were asked for (FORMAT §9.1).
@Suite(.enabled(if: unsafe access(counters, R_OK) == 0, "needs /proc/thread-self/io"))
struct ReadAmountTests {
  let folder = TemporaryFolder()

  /// The bytes that this thread has read from files, and how many it took to find out.
  private static func bytesRead() throws -> (count: Int, cost: Int) {
    let text = String(decoding: readFile(counters), as: UTF8.self)
    let first = try #require(text.split(separator: "\n").first { $0.hasPrefix("rchar: ") })
    return (try #require(Int(first.dropFirst("rchar: ".count))), text.utf8.count)
  }

  @Test func oneTensorTakesTheIndexAndItsOwnChunks() throws {
    let names = (0..<24).map { "layer\(10 + $0).weight" }
    try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata,
      tensors: names.enumerated().map { ($1, Tensor([160, 160], seed: UInt64($0))) }, to: folder.file())
    for name in [names[0], names[11], names[23]] {
      let before = try Self.bytesRead()
      let reader = try CheckpointReader(path: folder.file())
      let tensors = try reader.loadTensors(threads: 1, names: [name])
      let read = try Self.bytesRead().count - before.count - before.cost
      #expect(tensors.count == 1)
      let entry = try #require(reader.index.entry(named: name))
      #expect(entry.isCompressed)
      // The header is read on its own before the index, which it is a part of.
      let needed = Format.headerByteCount + Int(reader.index.indexByteCount) + entry.storedByteCount
      #expect(read >= needed && read < needed + Format.alignment)
      #expect(Int(reader.index.fileByteCount) > 10 * read)
    }
  }
}

#endif
