import Deflate
import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// Directories, chunk tables and blobs that break one rule while every checksum is right.
@Suite struct ForgedDirectoryTests {
  let folder = TemporaryFolder()

  private func code(
    _ entries: [Forge.Entry], _ change: (inout Forge) -> Void = { _ in }
  ) -> CheckpointError.Code? {
    var forge = Forge(entries)
    change(&forge)
    return fault(of: folder.write(forge.bytes()))?.code
  }

  private static let chunk = Forge.Chunk(bytes: Array(1...8))
  private static let entry = Forge.Entry("w", [2], [chunk])

  // FORMAT §4.

  @Test func directoriesThatEndEarlyOrLateAreRefused() {
    #expect(code([Self.entry]) { $0.tensorCount = 2 } == .badDirectory)
    #expect(code([Self.entry]) { $0.tensorCount = 0 } == .badDirectory)
    #expect(code([Self.entry]) { $0.tensorCount = .max } == .badDirectory)
    #expect(code([Self.entry]) { $0.tensorCount = 32_769 } == .badDirectory)
    #expect(code([Self.entry]) { $0.directoryTail = [0] } == .badDirectory)
    #expect(code([Self.entry]) { $0.directoryReserved = [0, 0, 1] } == .reservedNotZero)
    for exponent: UInt8 in [0, 11, 23, 255] {
      #expect(code([Self.entry]) { $0.chunkExponent = exponent } == .badDirectory)
    }
    for exponent: UInt8 in [12, 22] { #expect(code([Self.entry]) { $0.chunkExponent = exponent } == nil) }
    #expect(code([Self.entry]) { $0.sections[2].content = [1, 0, 0] } == .badDirectory)
    #expect(code([Self.entry]) { $0.entries[0].rank = 9 } == .badDirectory)
    #expect(code([Self.entry]) { $0.entries[0].rank = 2 } == .badDirectory)
    #expect(code([Self.entry]) { $0.entries[0].reserved = 1 } == .reservedNotZero)
  }

  @Test(arguments: ["", ".", ".a", "a.", "a..b", "a b", "a\"b", "a\\b", "a\nb", "ä", "\u{7F}"])
  func namesThatAreNoPathsAreRefused(name: String) {
    #expect(code([Forge.Entry(name, [2], [Self.chunk])]) == .badName)
  }

  @Test func namesMayBeLongAndOdd() {
    for name in ["a", "layer4.0.conv1.weight", "a/b:c-d_e+f~1", String(repeating: "x", count: 255)] {
      #expect(code([Forge.Entry(name, [2], [Self.chunk])]) == nil)
    }
  }

  @Test func tensorsMustBeInOrderAndDistinct() {
    let (a, b) = (Forge.Entry("a", [2], [Self.chunk]), Forge.Entry("b", [2], [Self.chunk]))
    #expect(code([a, b]) == nil)
    #expect(code([b, a]) == .unsortedNames)
    #expect(code([a, a]) == .duplicateName)
  }

  @Test func unknownTypesAndCodecsAreRefused() {
    for type: UInt8 in [0, 7, 255] {
      #expect(code([Forge.Entry("w", [2], type: type, [Self.chunk])]) == .unknownElementType)
    }
    for codec: UInt8 in [2, 255] {
      #expect(code([Forge.Entry("w", [2], [.init(bytes: Array(1...8), codec: codec)])]) == .unknownCodec)
    }
    #expect(code([Forge.Entry("w", [1], type: 5, [.init(bytes: Array(1...7), codec: 1)])]) == .unknownCodec)
  }

  @Test func hugeShapesAreRefusedBeforeAnythingIsAllocated() {
    let max = UInt32.max
    #expect(code([Forge.Entry("w", [max, max, max], [])]) == .shapeOverflow)
    #expect(code([Forge.Entry("w", [0, max, max, max], [])]) == .shapeOverflow)
    #expect(code([Forge.Entry("w", [max, 257], [])]) == .shapeOverflow)
    #expect(code([Forge.Entry("w", [max], [])]) == .decodedSizeRefused)
    #expect(code([Forge.Entry("w", [1 << 20], type: 4, [])]) == .decodedSizeRefused)
    #expect(code([Forge.Entry("w", [1 << 17], [])]) == .badChunkTable)
    #expect(code([Forge.Entry("w", [0, max], [])]) == nil)
    // Where any size is allowed, the chunks that are not there are found missing.
    let path = folder.write(Forge([Forge.Entry("w", [max], [])]).bytes())
    #expect(throws: CheckpointError(.badChunkTable, "")) {
      try CheckpointReader(path: path, allowingAnySize: true)
    }
    let many = (10...40).map { Forge.Entry("w\($0)", [1 << 20, 1 << 19], []) }
    #expect(code(many) == .decodedSizeRefused)
  }

  // FORMAT §5 and §6.

  @Test func chunkTablesMustFit() {
    #expect(code([Self.entry]) { $0.chunkTableTail = [0] } == .badChunkTable)
    #expect(code([Self.entry]) { $0.chunkTableTail = [UInt8](repeating: 0, count: 8) } == .badChunkTable)
    #expect(code([Forge.Entry("w", [2], [])]) == .badChunkTable)
    #expect(code([Forge.Entry("w", [2], [.init(bytes: Array(1...8), storedLength: 7)])]) == .badChunkTable)
    #expect(code([Forge.Entry("w", [2], [.init(bytes: Array(1...8), storedLength: 0)])]) == .badChunkTable)
    #expect(
      code([Forge.Entry("w", [2], [.init(bytes: Array(1...8), storedLength: 0xFF_FFFF)])]) == .badChunkTable)
    #expect(code([Forge.Entry("w", [2], [.init(bytes: Array(1...9), storedLength: 8)])]) == .badChunkTable)
    #expect(code([Forge.Entry("w", [2], [.init(bytes: Array(1...8), crc: 1)])]) == .chunkChecksum)
    let two = [Forge.Entry("a", [2], [Self.chunk]), Forge.Entry("b", [2], [Self.chunk])]
    #expect(code(two) { $0.blobPadding = 1 } == .paddingNotZero)
    #expect(code([two[0], Forge.Entry("b", [0], [])]) == nil)
  }

  /// Stored bytes of a grouped chunk of f32: planes, then a deflate stream of the top bytes.
  private func grouped(_ top: [UInt8], count: Int) -> [UInt8] {
    var stream = AlignedBuffer(byteCount: top.count + 64)
    var target = stream.mutableBytes
    let deflater = Deflater(.huffmanOnly)
    let length = deflater.encode(top.rawBytes, into: &target) ?? 0
    return [UInt8](repeating: 0, count: 3 * count) + Array(copying: stream.bytes.extracting(first: length))
  }

  @Test func groupedChunksMustDecodeExactly() {
    func code(_ bytes: [UInt8]) -> CheckpointError.Code? {
      self.code([Forge.Entry("w", [1000], [.init(bytes: bytes, codec: 1)])])
    }
    let zeros = [UInt8](repeating: 0, count: 1000)
    // The forge does not know the decoded bytes, so a chunk that decodes well fails on the content root alone.
    #expect(code(grouped(zeros, count: 1000)) == .contentRootMismatch)
    #expect(code(grouped(zeros.dropLast(), count: 1000)) == .badChunkContent)
    #expect(code(grouped(zeros + [0], count: 1000)) == .badChunkContent)
    #expect(code(grouped([UInt8](repeating: 0, count: 1_000_000), count: 1000)) == .badChunkTable)
    #expect(code(grouped([UInt8](repeating: 0, count: 6000), count: 1000)) == .badChunkContent)
    #expect(code(grouped(zeros, count: 1000) + [0]) == .badChunkContent)
    #expect(code(grouped(zeros, count: 1000).dropLast()) == .badChunkContent)
    #expect(code([UInt8](repeating: 0, count: 3000)) == .badChunkTable)
    #expect(code([UInt8](repeating: 0, count: 4000)) == .badChunkTable)
    #expect(code([UInt8](repeating: 0xFF, count: 3010)) == .badChunkContent)
  }

  @Test func groupedChunksOfRandomBytesNeverCrash() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let count = Int.random(in: 3001...3999, using: &generator)
      let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
      let result = code([Forge.Entry("w", [1000], [.init(bytes: bytes, codec: 1)])])
      #expect(result == .badChunkContent || result == .contentRootMismatch)
    }
  }
}
