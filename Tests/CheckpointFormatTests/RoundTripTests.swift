import CheckpointFormat
import TensorCore
import TestSupport
import Testing

@Suite struct RoundTripTests {
  let folder = TemporaryFolder()

  private static let shapes: [Shape] = [
    [], [0], [1], [7], [3, 0, 2], [2, 3, 5], [64], [17, 1000], [65_536], [65_537], [3, 70_001],
    [1, 1, 1, 1, 1, 1, 1, 2],
  ]

  @Test(arguments: ElementType.allCases, Codec.allCases)
  func everyTypeAndShapeComesBackBitForBit(type: ElementType, codec: Codec) throws {
    // A scalar has no channels.
    let shapes = Self.shapes.filter { type != .int8 || $0.rank > 0 }
    let tensors: NamedTensors = shapes.enumerated().map { number, shape in
      ("t\(number)", Tensor(shape, type, seed: UInt64(number)))
    }
    let path = folder.file()
    let summary = try CheckpointWriter.write(
      architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors, codec: codec,
      to: path)
    let reader = try CheckpointReader(path: path)
    try reader.verify()
    #expect(reader.index.architectureJSON == Sample.architecture)
    #expect(reader.index.metadataJSON == Sample.metadata)
    #expect(reader.index.fileByteCount == summary.fileByteCount)
    #expect(reader.index.contentRoot == summary.contentRoot)
    #expect(reader.index.entries.map(\.name) == tensors.map(\.name).sorted())
    for threads in [1, 2, 3] {
      let loaded = try reader.loadTensors(threads: threads)
      #expect(loaded.count == tensors.count)
      for (name, tensor) in tensors {
        let copy = try #require(loaded[name])
        #expect(copy.shape == tensor.shape)
        #expect(copy.elementType == tensor.elementType)
        #expect(copy.byteArray == tensor.byteArray)
      }
    }
  }

  @Test func weightsAreCompressedAndNoiseIsNot() throws {
    let bytes = try Sample.bytes([("w", Tensor([300_000], seed: 1))], in: folder)
    #expect(Double(bytes.count) < 0.87 * 1_200_000)
    let noise = try Sample.bytes([("n", Tensor([100_000], .int64, seed: 1))], in: folder)
    #expect(noise.count < 800_000 + 512)
  }

  @Test func everyBitPatternOfAFloatIsKept() throws {
    let patterns: [UInt32] = [
      0, 0x8000_0000, 0x7F80_0000, 0xFF80_0000, 0x7FC0_0001, 0xFFFF_FFFF, 1, 0x8000_0001,
    ]
    var writer = ByteWriter()
    for _ in 0..<64 { for pattern in patterns { writer.write(pattern) } }
    let tensor = Tensor([512], .float32, bytes: writer.bytes)
    let bytes = try Sample.bytes([("w", tensor)], in: folder)
    #expect(bytes.count < 2048)
    let loaded = try CheckpointReader(path: folder.file("sample.rzoo")).loadTensors()
    #expect(loaded["w"]?.byteArray == writer.bytes)
  }

  @Test func namedTensorsAreLoadedAlone() throws {
    let path = folder.write(try Sample.bytes(in: folder))
    let reader = try CheckpointReader(path: path)
    #expect(Set(try reader.loadTensors(names: ["fc.weight", "zero"]).keys) == ["fc.weight", "zero"])
    #expect(try reader.loadTensors(names: []).isEmpty)
    let error = #expect(throws: CheckpointError.self) { try reader.loadTensors(names: ["fc.bias"]) }
    #expect(error?.code == .unknownTensor)
    #expect(reader.index.entry(named: "conv1.weight")?.shape == [3, 3, 11])
    #expect(reader.index.entry(named: "conv2.weight") == nil)
  }

  @Test func aFileWithoutTensorsIsAFile() throws {
    let path = folder.write(try Sample.bytes([], in: folder))
    let reader = try CheckpointReader(path: path)
    try reader.verify()
    #expect(try reader.loadTensors().isEmpty)
    #expect(reader.index.entries.isEmpty)
  }

  @Test func sameModelSameBytesWhateverTheOrderAndThreads() throws {
    let big: NamedTensors = Sample.small + [("big", Tensor([500_000], seed: 9))]
    var files: Set<[UInt8]> = []
    for (threads, tensors) in [(1, big), (2, big.reversed()), (5, big.shuffled())] {
      try CheckpointWriter.write(
        architectureJSON: Sample.architecture, metadataJSON: Sample.metadata, tensors: tensors,
        threads: threads,
        to: folder.file())
      files.insert(readFile(folder.file()))
    }
    #expect(files.count == 1)
  }

  @Test func contentRootDependsOnTensorsAlone() throws {
    func root(_ tensors: NamedTensors, _ codec: Codec, _ metadata: String = "{}") throws -> String {
      try CheckpointWriter.write(
        architectureJSON: Sample.architecture, metadataJSON: Array(metadata.utf8), tensors: tensors,
        codec: codec,
        to: folder.file()
      ).contentRootHex
    }
    let base = try root(Sample.small, .automatic)
    #expect(try root(Sample.small.reversed(), .none) == base)
    #expect(try root(Sample.small, .automatic, #"{"note":"other"}"#) == base)
    var renamed = Sample.small
    renamed[0].name = "fc.weights"
    #expect(try root(renamed, .automatic) != base)
    var reshaped = Sample.small
    reshaped[0].tensor = Tensor([3, 2], seed: 1)
    #expect(try root(reshaped, .automatic) != base)
    var changed = Sample.small
    changed[0].tensor = Tensor([2, 3], seed: 99)
    #expect(try root(changed, .automatic) != base)
  }

  @Test func largeDocumentsAndDirectoriesAreCompressedAndComeBack() throws {
    let metadata = Array(
      ("{\"labels\":[" + (0..<2000).map { "\"label \($0)\"" }.joined(separator: ",") + "]}").utf8)
    let tensors: NamedTensors = (0..<500).map { ("layer\($0).weight", Tensor([1], seed: UInt64($0))) }
    for codec in Codec.allCases {
      let path = folder.file()
      let summary = try CheckpointWriter.write(
        architectureJSON: Sample.architecture, metadataJSON: metadata, tensors: tensors, codec: codec,
        to: path)
      let reader = try CheckpointReader(path: path)
      try reader.verify()
      #expect(reader.index.metadataJSON == metadata)
      #expect((summary.indexByteCount < metadata.count) == (codec == .automatic))
    }
  }

  @Test func documentsThatCompressBeyondTheLimitAreStored() throws {
    let blank = Array(("{}" + String(repeating: " ", count: 1_000_000)).utf8)
    try CheckpointWriter.write(
      architectureJSON: blank, metadataJSON: Sample.metadata, tensors: [], to: folder.file())
    #expect(try CheckpointReader(path: folder.file()).index.architectureJSON == blank)
  }
}
