import Platform
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// The checkpoint to damage.
private let exhaustivePath = unsafe getenv("RESZOO_EXHAUSTIVE").map { unsafe String(cString: $0) }

/// Damage of every kind to a real file, which takes minutes: `RESZOO_EXHAUSTIVE=model.rzoo swift test --filter Exhaustive`.
@Suite(.enabled(if: exhaustivePath != nil, "RESZOO_EXHAUSTIVE names no checkpoint"))
struct ExhaustiveTests {
  private static let flips = 100_000
  let folder = TemporaryFolder()
  let bytes: [UInt8]

  init() throws {
    let path = try #require(exhaustivePath)
    bytes = readFile(path)
    try openVerifyAndLoad(path)
  }

  /// Every value of every two neighbouring bytes of the header.
  @Test func editsOfNeighbouringHeaderBytesAreNoticed() {
    var header = Array(bytes[..<Format.headerByteCount])
    var (tried, unnoticed) = (0, 0)
    for position in 0..<header.count - 1 {
      let original = (header[position], header[position + 1])
      for value in UInt16.min ... .max {
        (header[position], header[position + 1]) = (UInt8(value >> 8), UInt8(value & 0xFF))
        guard (header[position], header[position + 1]) != original else { continue }
        tried += 1
        if (try? FileHeader(header.rawBytes, fileByteCount: UInt64(bytes.count))) != nil { unnoticed += 1 }
      }
      (header[position], header[position + 1]) = original
    }
    print("\(tried) edits of two header bytes, \(unnoticed) unnoticed")
    #expect(unnoticed == 0)
  }

  @Test func flippedBitsAreNoticed() throws {
    let path = folder.write(bytes)
    let descriptor = unsafe open(path, O_WRONLY)
    defer { close(descriptor) }
    var generator = SeededGenerator(seed: 7)
    var unnoticed = 0
    for _ in 0..<Self.flips {
      let bit = Int.random(in: 0..<bytes.count * 8, using: &generator)
      unsafe pwrite(descriptor, [bytes[bit / 8] ^ 1 << UInt8(bit % 8)], 1, off_t(bit / 8))
      if (try? CheckpointReader(path: path).loadTensors(threads: 1)) != nil { unnoticed += 1 }
      unsafe pwrite(descriptor, [bytes[bit / 8]], 1, off_t(bit / 8))
    }
    try openVerifyAndLoad(path)
    print("\(Self.flips) flipped bits, \(unnoticed) unnoticed")
    #expect(unnoticed == 0)
  }

  @Test func truncationsAreNoticed() throws {
    let path = folder.write(bytes)
    var unnoticed = 0
    for count in (0..<bytes.count).reversed() {
      #expect(unsafe truncate(path, off_t(count)) == 0)
      if (try? CheckpointReader(path: path)) != nil { unnoticed += 1 }
    }
    print("\(bytes.count) truncations, \(unnoticed) unnoticed")
    #expect(unnoticed == 0)
  }
}
