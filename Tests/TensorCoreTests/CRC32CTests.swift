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

  @Test func everyFormAgreesWithLongDivisionAtEveryLengthAndAlignment() {
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) }
    // 256 bytes are folded at a time; three lanes take 768 and 6144.
    let lengths = Array(0...1300) + [1535, 1536, 1537, 6143, 6144, 6145, 7000, 12_288, 13_057, 19_937]
    for start in [0, 1, 3, 7, 8, 63] {
      let sums = sumsOfBeginnings(bytes[start...])
      for length in lengths {
        let part = bytes.rawBytes.extracting(start..<start + length)
        for (number, form) in CRC32C.forms.enumerated() {
          #expect(
            CRC32C.checksum(of: part, form: number) == sums[length],
            "\(length) bytes from \(start) by \(form)")
        }
      }
    }
  }

  @Test func piecesGiveTheSumOfTheWhole() {
    let bytes = (0..<9000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for cut in [0, 1, 63, 511, 512, 768, 6144, 8999, 9000] {
      var sum = CRC32C()
      sum.update(bytes.rawBytes.extracting(first: cut))
      sum.update(bytes.rawBytes.extracting(droppingFirst: cut))
      #expect(sum.value == CRC32C.checksum(of: bytes))
    }
  }

  @Test func everyMachineHasThePortableForm() {
    #expect(CRC32C.forms.last == "portable")
    #expect(Set(CRC32C.forms).isSubset(of: ["avx512", "sse4.2", "armv8", "portable"]))
  }

  /// The checksums of the first 0, 1, 2, … bytes: polynomial division bit by bit.
  private func sumsOfBeginnings(_ bytes: ArraySlice<UInt8>) -> [UInt32] {
    var state = UInt32.max
    var sums: [UInt32] = [0]
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state >> 1 ^ (state & 1 == 1 ? 0x82F6_3B78 : 0) }
      sums.append(~state)
    }
    return sums
  }
}
