import Importers
import Messages
import TestSupport
import Testing

/// Files cut off and changed anywhere: an import ends with a model or an ``ImportError``.
@Suite struct SafetensorsDamageTests {
  @Test func aFileCutOffAnywhereIsRefused() throws {
    let folder = TemporaryFolder()
    let options = try Specimen.options()
    let whole = readFile(Specimen.path("plain.safetensors"))
    for length in 0..<whole.count {
      let path = folder.write(Array(whole[..<length]), to: "x.safetensors")
      let error = #expect(throws: ImportError.self, "\(length)") {
        try importWeights(path, options: options)
      }
      let expected: [ImportError.Code] =
        length == 0 ? [.empty] : [.headerLength, .outOfRange]
      #expect(error.map { expected.contains($0.code) } == true, "\(length): \(error?.description ?? "")")
    }
  }

  @Test func anIndexCutOffAnywhereIsRefused() throws {
    let folder = try RawExportFolder(copying: "sharded")
    let path = folder.file(SafetensorsIndexTests.indexName)
    let whole = readFile(path)
    for length in 0..<whole.count - 2 {
      writeFile(Array(whole[..<length]), to: path)
      #expect(throws: ImportError(.malformedIndex, file: "", ""), "\(length)") { try importWeights(path) }
    }
  }

  @Test(arguments: ["plain.safetensors", "sharded/model.safetensors.index.json"], [1, 4])
  func changedBytesNeverCrash(name: String, changes: Int) throws {
    let folder = try RawExportFolder(copying: "sharded")
    let options = try Specimen.options()
    let whole = readFile(Specimen.path(name))
    let path = folder.file("x.\(name.hasSuffix("json") ? "index.json" : "safetensors")")
    var random = TestRandom(seed: UInt64(changes))
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
      do { _ = try importWeights(path, options: options) } catch { #expect(!error.message.isEmpty) }
    }
  }
}

/// Steele, Lea and Flood's SplitMix64.
struct TestRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
