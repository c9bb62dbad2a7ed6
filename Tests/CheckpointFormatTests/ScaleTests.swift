import TensorCore
import TestSupport
import Testing

@testable import CheckpointFormat

/// 8-bit integers with scales, FORMAT §4.3.
@Suite struct ScaleTests {
  let folder = TemporaryFolder()

  private static let unsound: [UInt32] = [
    0x7F80_0000, 0x7FC0_0000, 0xFF80_0000, 0x8000_0000, 0xBF80_0000, .max,
  ]

  /// A tensor of integers whose scales are one half, but for one of them.
  private func tensor(_ shape: Shape, scale bits: UInt32, at channel: Int) -> Tensor {
    var bytes = Tensor(shape, .int8, seed: 1).byteArray
    for byte in 0..<4 { bytes[4 * channel + byte] = UInt8(truncatingIfNeeded: bits >> (8 * byte)) }
    return Tensor(shape, .int8, bytes: bytes)
  }

  @Test(arguments: unsound)
  func aWriterRefusesScalesThatNoReaderTakes(bits: UInt32) {
    let bad = tensor([3, 5], scale: bits, at: 2)
    let error = #expect(throws: CheckpointError(.invalidInput, "")) {
      try Sample.bytes([("w", bad)], in: folder)
    }
    #expect(error?.message.contains("channel 2 of tensor w") == true)
    #expect(folder.names.isEmpty)
  }

  @Test(arguments: unsound, [0, 1023, 1024, 1099])
  func everyWayToReadFindsABadScale(bits: UInt32, channel: Int) throws {
    let bytes = tensor([1100, 2], scale: bits, at: channel).byteArray
    var forge = Forge([
      Forge.Entry(
        "w", [1100, 2], type: 6,
        [Forge.Chunk(bytes: Array(bytes[..<4096])), Forge.Chunk(bytes: Array(bytes[4096...]))])
    ])
    forge.chunkExponent = 12
    let reader = try CheckpointReader(path: folder.write(forge.bytes()))
    let blobs = reader.index.indexByteCount
    for way in Way.allCases {
      let error = fault(of: way, reader)
      #expect(error?.code == .badScale, "\(way)")
      #expect(error?.offset == blobs + (channel < 1024 ? 0 : 4096), "\(way)")
      #expect(error?.message.contains("channel \(channel) of tensor w") == true, "\(way)")
    }
  }

  private enum Way: CaseIterable {
    case verify, load, widen, map
  }

  private func fault(of way: Way, _ reader: CheckpointReader) -> CheckpointError? {
    do throws(CheckpointError) {
      switch way {
      case .verify: try reader.verify()
      case .load: _ = try reader.loadTensors()
      case .widen: _ = try reader.loadWidened()
      case .map: _ = try reader.mapTensors()
      }
      return nil
    } catch {
      return error
    }
  }

  @Test func aScalarHasNoChannels() {
    let error = #expect(throws: CheckpointError.self) {
      try Sample.bytes([("w", Tensor([], .int8, bytes: [1]))], in: folder)
    }
    #expect(error?.code == .badDirectory)
  }

  @Test(arguments: ElementType.allCases.filter { $0 != .int64 }, [1, 3])
  func widenedTensorsAreThoseThatAreStored(type: ElementType, threads: Int) throws {
    var tensors: NamedTensors = (0..<40).map { number in
      ("t\(number)", Tensor([number, 3, 700], type, seed: UInt64(number)))
    }
    // One alone is larger than what is widened together.
    tensors.append(("large", Tensor([5, 1 << 20], type, seed: 50)))
    tensors.append(("count", Tensor([], .int64, seed: 51)))
    let path = folder.write(try Sample.bytes(tensors, in: folder), to: "w.rzoo")
    let widened = try CheckpointReader(path: path).loadWidened(threads: threads)
    #expect(widened.floats.count == tensors.count)
    for (name, tensor) in tensors {
      #expect(widened.storedType(of: name) == tensor.elementType)
      #expect(widened.stored(name)?.byteArray == tensor.byteArray)
      let floats = tensor.isFloatingPoint ? tensor.widened() : tensor
      #expect(widened.floats[name]?.byteArray == floats.byteArray, "\(name)")
    }
  }

  @Test func quantisedWeightsAreCompressed() throws {
    let floats = (0..<200_000).map { index -> Float in
      let uniform = Float(index * 7919 % 2003) / 2003 - 0.5
      return uniform * uniform * uniform
    }
    let tensor = try Tensor(shape: [100, 2000], floats: floats).narrowed(to: .int8)
    #expect(try Sample.bytes([("w", tensor)], in: folder).count < 190_000)
  }
}
