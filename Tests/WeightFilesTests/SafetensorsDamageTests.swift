import Messages
import TensorCore
import TestSupport
import Testing

@testable import WeightFiles

/// Files cut off and changed anywhere: reading ends with tensors or a ``WeightFileError``.
@Suite struct SafetensorsDamageTests {
  @Test func aFileCutOffAnywhereIsRefused() throws {
    let folder = TemporaryFolder()
    let whole = readFile(WeightFixtures.path("plain.safetensors"))
    for length in 0..<whole.count {
      let path = folder.write(Array(whole[..<length]), to: "x.safetensors")
      let error = #expect(throws: WeightFileError.self, "\(length)") {
        try openWeights(path).readAll()
      }
      let expected: [WeightFileError.Code] =
        length == 0 ? [.empty] : [.headerLength, .outOfRange]
      #expect(error.map { expected.contains($0.code) } == true, "\(length): \(error?.description ?? "")")
    }
  }

  @Test func anIndexCutOffAnywhereIsRefused() throws {
    let folder = FixtureFolder(copying: "sharded")
    let path = folder.file(SafetensorsIndexTests.indexName)
    let whole = readFile(path)
    for length in 0..<whole.count - 2 {
      writeFile(Array(whole[..<length]), to: path)
      #expect(throws: WeightFileError(.malformedIndex, file: "", ""), "\(length)") { try openWeights(path) }
    }
  }

  @Test(arguments: ["plain.safetensors", "sharded/model.safetensors.index.json"], [1, 4])
  func changedBytesNeverCrash(name: String, changes: Int) throws {
    let folder = FixtureFolder(copying: "sharded")
    let whole = readFile(WeightFixtures.path(name))
    let path = folder.file("x.\(name.hasSuffix("json") ? "index.json" : "safetensors")")
    var random = SplitMix64(seed: UInt64(changes))
    for _ in 0..<1500 {
      var bytes = whole
      for _ in 0..<changes {
        // Half of the changes go to the first bytes and to those that JSON is made of.
        let position = Int(random.next() % UInt64(bytes.count))
        let marks = Array(#"{}[]",:\09-e"#.utf8)
        bytes[position] =
          random.next() % 2 == 0
          ? bytes[position] ^ UInt8(1 << (random.next() % 8))
          : marks[Int(random.next() % UInt64(marks.count))]
      }
      writeFile(bytes, to: path)
      do { try openWeights(path).readAll() } catch { #expect(!error.message.isEmpty) }
    }
  }
}
