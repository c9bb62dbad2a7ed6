import CheckpointFormat
import Platform
import TensorCore
import TestSupport
import Testing

/// Damage of every kind to whole files.
@Suite struct DamageTests {
  let folder = TemporaryFolder()

  /// Every single-bit flip is found by opening and verifying, and by opening and loading everything.
  @Test(arguments: Codec.allCases)
  func everyFlippedBitIsFound(codec: Codec) throws {
    var tensors = Sample.small
    tensors.append(("big.weight", Tensor([200], seed: 10)))
    var bytes = try Sample.bytes(tensors, codec: codec, in: folder)
    let path = folder.write(bytes)
    try openVerifyAndLoad(path)
    let descriptor = unsafe open(path, O_WRONLY)
    defer { close(descriptor) }
    var unnoticed: [Int] = []
    for bit in 0..<bytes.count * 8 {
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      unsafe pwrite(descriptor, [bytes[bit / 8]], 1, off_t(bit / 8))
      if (try? verify(path)) != nil || (try? load(path)) != nil { unnoticed.append(bit) }
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      unsafe pwrite(descriptor, [bytes[bit / 8]], 1, off_t(bit / 8))
    }
    #expect(unnoticed.prefix(20) == [])
    try openVerifyAndLoad(path)
  }

  private func verify(_ path: String) throws { try CheckpointReader(path: path).verify(threads: 1) }
  private func load(_ path: String) throws { _ = try CheckpointReader(path: path).loadTensors(threads: 1) }

  @Test func everyTruncationIsFoundOnOpening() throws {
    let bytes = try Sample.bytes(in: folder)
    for count in 0..<bytes.count {
      let error = fault(of: folder.write(Array(bytes[..<count])))
      #expect(error?.code == (count == 0 ? .emptyFile : .truncated), "\(count) bytes")
    }
  }

  @Test func appendedBytesAreFoundOnOpening() throws {
    let bytes = try Sample.bytes(in: folder)
    for more in [1, 2, 64, 4096] {
      let error = fault(of: folder.write(bytes + [UInt8](repeating: 0, count: more)))
      #expect(error?.code == .trailingBytes)
      #expect(error?.offset == UInt64(bytes.count))
    }
  }

  /// All 300 million edits of two header bytes at once: a CRC is linear, so an edit of two bytes goes unnoticed only if the
  /// two edits of one byte change the checksum alike. All of them change it differently.
  @Test func noEditOfTwoHeaderBytesKeepsTheChecksum() {
    var header = [UInt8](repeating: 0, count: 92)
    let base = CRC32C.checksum(of: header)
    var changes: Set<UInt32> = []
    for position in 0..<92 {
      for value: UInt8 in 1...255 {
        header[position] = value
        changes.insert(CRC32C.checksum(of: header) ^ base)
      }
      header[position] = 0
    }
    // Edits of the recorded checksum itself.
    for position in 0..<4 {
      for value: UInt32 in 1...255 { changes.insert(value << UInt32(8 * position)) }
    }
    #expect(changes.count == 96 * 255)
    #expect(!changes.contains(0))
  }

  /// A sample of those edits through the reader.
  @Test func editsOfTwoHeaderBytesAreFound() throws {
    let bytes = try Sample.bytes(in: folder)
    let path = folder.write(bytes)
    let descriptor = unsafe open(path, O_WRONLY)
    defer { close(descriptor) }
    var generator = SeededGenerator(seed: 1)
    var unnoticed = 0
    for first in 0..<95 {
      for second in first + 1..<96 {
        let values = [
          bytes[first] ^ .random(in: 1...255, using: &generator), .random(in: 0...255, using: &generator),
        ]
        unsafe pwrite(descriptor, [values[0]], 1, off_t(first))
        unsafe pwrite(descriptor, [values[1]], 1, off_t(second))
        if fault(of: path) == nil { unnoticed += 1 }
        unsafe pwrite(descriptor, [bytes[first]], 1, off_t(first))
        unsafe pwrite(descriptor, [bytes[second]], 1, off_t(second))
      }
    }
    #expect(unnoticed == 0)
    #expect(fault(of: path) == nil)
  }

  @Test func randomDamageNeverCrashes() throws {
    let bytes = try Sample.bytes(Sample.small + [("big", Tensor([100_000], seed: 1))], in: folder)
    var generator = SeededGenerator(seed: 2)
    for _ in 0..<300 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...8, using: &generator) {
        damaged[Int.random(in: 0..<damaged.count, using: &generator)] ^= UInt8.random(
          in: 1...255, using: &generator)
      }
      guard damaged != bytes else { continue }
      #expect(fault(of: folder.write(damaged)) != nil)
    }
  }

  @Test func otherFilesAreRefusedByName() throws {
    #expect(fault(of: folder.file("missing"))?.code == .notFound)
    #expect(fault(of: folder.file("missing/also"))?.code == .notFound)
    #expect(fault(of: folder.path)?.code == .notARegularFile)
    #expect(fault(of: "/dev/null")?.code == .notARegularFile)
    #expect(fault(of: folder.write([]))?.code == .emptyFile)
    #expect(fault(of: folder.write(Array("not a checkpoint".utf8)))?.code == .badMagic)
    #expect(fault(of: folder.write([0x50]))?.code == .badMagic)
    #expect(unsafe mkfifo(folder.file("fifo"), 0o600) == 0)
    #expect(fault(of: folder.file("fifo"))?.code == .notARegularFile)
  }

  @Test func textModeTransfersAreNamed() throws {
    let bytes = try Sample.bytes(in: folder)
    var dos: [UInt8] = []
    for byte in bytes {
      if byte == 0x0A { dos.append(0x0D) }
      dos.append(byte)
    }
    let unix = bytes.filter { $0 != 0x0D }
    let ascii = bytes.map { $0 & 0x7F }
    #expect(fault(of: folder.write(dos))?.code == .badMagic)
    #expect(fault(of: folder.write(dos))?.message.contains("text mode") == true)
    #expect(fault(of: folder.write(unix))?.message.contains("text mode") == true)
    #expect(fault(of: folder.write(ascii))?.code == .badMagic)
  }

  @Test func aFileCutAfterOpeningIsAnErrorNotACrash() throws {
    let path = folder.write(try Sample.bytes([("w", Tensor([300_000], seed: 1))], codec: .none, in: folder))
    let reader = try CheckpointReader(path: path)
    #expect(unsafe truncate(path, 5000) == 0)
    let loading = #expect(throws: CheckpointError.self) { try reader.loadTensors() }
    #expect(loading?.code == .truncated)
    let verifying = #expect(throws: CheckpointError.self) { try reader.verify() }
    #expect(verifying?.code == .truncated)
  }
}
