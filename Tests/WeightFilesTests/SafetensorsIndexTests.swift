import Foundation
import Messages
import TestSupport
import Testing

@testable import WeightFiles

/// What an index of shards says instead of the truth, and the code that it must raise.
@Suite struct SafetensorsIndexTests {
  static let indexName = "model.safetensors.index.json"
  static let first = "model-00001-of-00002.safetensors"
  static let second = "model-00002-of-00002.safetensors"

  static let falsehoods: [Falsehood<WeightFileError.Code>] = [
    Falsehood("not JSON", "{", "x", .malformedIndex),
    Falsehood("a map that is a list", #""weight_map": {"#, #""weight_map": [{"#, .malformedIndex),
    Falsehood("no map", "weight_map", "map", .malformedIndex),
    Falsehood("a second map", #""metadata""#, #""weight_map": {"x": "y"}, "metadata""#, .malformedIndex),
    Falsehood("a number that is none", "total_size\": ", "total_size\": 0", .malformedIndex),
    Falsehood(
      "a number of many digits", "total_size\": ", "total_size\": " + String(repeating: "1", count: 300),
      .malformedIndex),
    Falsehood("a file that is a number", "\"\(first)\"", "1", .malformedIndex),
    Falsehood("a name twice", #""bn1.bias""#, #""bn1.weight""#, .duplicateTensor),
    Falsehood("a file above the folder", first, "../\(first)", .unsafePath),
    Falsehood("a file of the root", first, "/etc/passwd", .unsafePath),
    Falsehood("a file below the folder", first, "a/\(first)", .unsafePath),
    Falsehood("a file above the folder behind an accent", first, "../\u{301}\(first)", .unsafePath),
    Falsehood("a file of another system", first, #"..\\x"#, .unsafePath),
    Falsehood("the folder itself", first, ".", .unsafePath),
    Falsehood("the folder above", first, "..", .unsafePath),
    Falsehood("no file", first, "", .unsafePath),
    Falsehood("a NUL", first, #"a\u0000"#, .unsafePath),
    Falsehood("a file that is not there", first, "a.safetensors", .notFound),
    Falsehood("a tensor of another file", #""fc.bias": "\#(first)""#, #""fc.bias": "\#(second)""#, .shards),
    Falsehood("a tensor that is nowhere", #""fc.bias""#, #""fc.bias": "\#(first)", "x""#, .shards),
    Falsehood("a tensor that is not in the index", #""fc.bias": "\#(first)","#, "", .shards),
  ]

  @Test(arguments: falsehoods)
  func everyFalsehoodIsNamed(falsehood: Falsehood<WeightFileError.Code>) throws {
    let folder = FixtureFolder(copying: "sharded")
    let path = folder.file(Self.indexName)
    try folder.replace(falsehood.truth, with: falsehood.falsehood, in: Self.indexName)
    let error = #expect(throws: WeightFileError.self) {
      try openWeights(path)
    }
    #expect(error?.code == falsehood.code, "\(error?.description ?? "")")
  }

  @Test func aRecordOfANetworkIsNoIndexAndSaysWhatToGive() {
    let folder = TemporaryFolder()
    let path = folder.write(Array(#"{"model_type": "resnet"}"#.utf8), to: "config.json")
    let error = #expect(throws: WeightFileError.self) { try openWeights(path) }
    #expect(error?.code == .malformedIndex && error?.message.contains("give the file of weights") == true)
  }

  @Test func aMissingShardIsNamed() throws {
    let folder = FixtureFolder(copying: "sharded")
    try FileManager.default.removeItem(atPath: folder.file(Self.second))
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.file(Self.indexName)) }
    #expect(error?.code == .notFound)
    #expect(error?.file.hasSuffix(Self.second) == true)
  }

  @Test func aShardThatIsNoSafetensorsFileIsNamed() throws {
    let folder = FixtureFolder(copying: "sharded")
    writeFile(Array("version https://git-lfs.github.com/spec/v1".utf8), to: folder.file(Self.first))
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.file(Self.indexName)) }
    #expect(error?.code == .headerLength)
    #expect(error?.file.hasSuffix(Self.first) == true)
  }

  @Test func theSameTensorInTwoShardsIsRefused() throws {
    let folder = FixtureFolder(copying: "sharded")
    try FileManager.default.removeItem(atPath: folder.file(Self.second))
    try FileManager.default.copyItem(atPath: folder.file(Self.first), toPath: folder.file(Self.second))
    #expect(throws: WeightFileError(.shards, file: "", "")) { try openWeights(folder.file(Self.indexName)) }
  }

  @Test func metadataOfAnyKindIsSkipped() throws {
    let folder = FixtureFolder(copying: "sharded")
    let path = folder.file(Self.indexName)
    try folder.replace(
      #""metadata": {"#,
      with: #""x": [true, false, null, -1.5e+3, 0, {"y": ["é\n\ud83d\ude00"]}, []], "metadata": {"#,
      in: Self.indexName)
    let source = try openWeights(path)
    #expect(source.tensors.count == 32)
    #expect(source.notes == ["files: 2, as the index says"])
  }

  @Test(arguments: ["[", "{\"a\":"]) func deepNestingIsMalformed(opening: String) throws {
    let folder = TemporaryFolder()
    let text = "{\"metadata\":" + String(repeating: opening, count: 100_000)
    let path = folder.write(Array(text.utf8), to: "x.index.json")
    #expect(throws: WeightFileError(.malformedIndex, file: "", "")) { try openWeights(path) }
  }
}
