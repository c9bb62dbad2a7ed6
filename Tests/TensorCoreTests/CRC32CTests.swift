import TensorCore
import Testing

@Suite struct CRC32CTests {
  /// RFC 3720, appendix B.4, and the check value of the CRC catalogue.
  @Test func knownVectors() {
    #expect(CRC32C.checksum(of: []) == 0)
    #expect(CRC32C.checksum(of: Array("123456789".utf8)) == 0xE306_9283)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(CRC32C.checksum(of: [UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(CRC32C.checksum(of: Array(0..<32)) == 0x46DD_794E)
    #expect(CRC32C.checksum(of: (0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test func everyFormAgreesAtEveryLengthAndAlignment() {
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    let lengths =
      Array(0...80) + [255, 256, 767, 768, 769, 1536, 6143, 6144, 6145, 7000, 12_288, 13_057, 19_990]
    for start in [0, 1, 3, 7, 8] {
      for length in lengths {
        let part = bytes.rawBytes.extracting(start..<start + length)
        #expect(
          CRC32C.checksum(of: part) == CRC32C.portableChecksum(of: part), "\(length) bytes from \(start)")
      }
    }
  }

  @Test func piecesGiveTheSumOfTheWhole() {
    let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in [0, 1, 63, 768, 6144, 8999, 9000] {
      var sum = CRC32C()
      sum.update(bytes.rawBytes.extracting(first: cut))
      sum.update(bytes.rawBytes.extracting(droppingFirst: cut))
      #expect(sum.value == CRC32C.checksum(of: bytes))
    }
  }

  @Test func theFormHasAName() {
    #expect(["sse4.2", "armv8", "portable"].contains(CRC32C.implementation))
  }
}
