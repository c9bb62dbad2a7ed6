import TestSupport
import Testing

@testable import WeightFiles

@Suite struct FileKindTests {
  @Test func whatLooksLikeSafetensorsIsKnownByItsFirstBytes() {
    #expect(looksLikeSafetensors(firstBytes: Array(readPrefix("plain.safetensors"))))
    #expect(looksLikeSafetensors(firstBytes: Array(readPrefix("sharded/model.safetensors.index.json"))))
    #expect(!looksLikeSafetensors(firstBytes: []))
    #expect(!looksLikeSafetensors(firstBytes: [0x50, 0x4B, 3, 4, 0, 0, 8, 8, 0, 0]))
    #expect(!looksLikeSafetensors(firstBytes: [0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9]))
  }

  private func readPrefix(_ name: String) -> ArraySlice<UInt8> {
    readFile(WeightFixtures.path(name)).prefix(16)
  }
}
