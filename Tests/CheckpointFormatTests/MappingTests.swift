import CheckpointFormat
import TensorCore
import TestSupport
import Testing

@Suite struct MappingTests {
  let folder = TemporaryFolder()

  private static let tensors = Sample.small + [("big.weight", Tensor([300, 301], seed: 11))]

  @Test(arguments: Codec.allCases, [true, false])
  func mappedTensorsEqualLoadedOnesAndOutliveTheReader(codec: Codec, verifying: Bool) throws {
    let path = folder.write(try Sample.bytes(Self.tensors, codec: codec, in: folder))
    let mapped = try CheckpointReader(path: path).mapTensors(verifyingChecksums: verifying)
    #expect(mapped.count == Self.tensors.count)
    for (name, tensor) in Self.tensors {
      #expect(mapped[name]?.byteArray == tensor.byteArray)
      #expect(mapped[name]?.shape == tensor.shape)
    }
  }

  @Test func rawBlobsAreAligned() throws {
    let path = folder.write(try Sample.bytes(Self.tensors, codec: .none, in: folder))
    let index = try CheckpointReader(path: path).index
    #expect(index.indexByteCount % 64 == 0)
    for entry in index.entries where entry.chunkCount > 0 {
      #expect(entry.blobOffset % 64 == 0)
      #expect(!entry.isCompressed)
    }
  }

  @Test func damageIsFoundInAMappingUnlessTheCallerForbidsLooking() throws {
    var bytes = try Sample.bytes(Self.tensors, codec: .none, in: folder)
    let offset = try CheckpointReader(path: folder.write(bytes)).index.blobStart(of: "big.weight")
    bytes[offset + 5] ^= 1
    let reader = try CheckpointReader(path: folder.write(bytes))
    let error = #expect(throws: CheckpointError.self) { try reader.mapTensors(names: ["big.weight"]) }
    #expect(error?.code == .chunkChecksum)
    let all = #expect(throws: CheckpointError.self) { try reader.mapTensors() }
    #expect(all?.code == .chunkChecksum)
    #expect(try reader.mapTensors(verifyingChecksums: false).count == Self.tensors.count)
  }
}

extension CheckpointIndex {
  /// Where a blob starts in the file.
  fileprivate func blobStart(of name: String) -> Int {
    Int(indexByteCount + (entry(named: name)?.blobOffset ?? 0))
  }
}
