import Messages
import TestSupport
import Testing

@testable import WeightFiles

@Suite struct RawExportErrorTests {
  static let falsehoods: [Falsehood<WeightFileError.Code>] = [
    Falsehood("not JSON", "{", "", .malformedManifest),
    Falsehood("another format", "reszoo-raw-export", "zip", .unknownFormat),
    Falsehood("a later version", #""version": 1"#, #""version": 2"#, .unsupportedVersion),
    Falsehood("a version that is a text", #""version": 1"#, #""version": "1""#, .malformedManifest),
    Falsehood("an unknown field", #""version": 1"#, #""version": 1, "extra": 0"#, .malformedManifest),
    Falsehood("a missing field", #""source""#, #""label""#, .malformedManifest),
    Falsehood("an unknown field of a tensor", #""bytes": 216"#, #""bytes": 216, "x": 1"#, .malformedManifest),
    Falsehood("another type", "float32", "float16", .invalidTensor),
    Falsehood("a negative extent", "[2, 3, 3, 3]", "[-2, 3, 3, 3]", .invalidTensor),
    Falsehood("a shape that overflows", "[2, 3, 3, 3]", "[4611686018427387904, 3, 3, 3]", .invalidTensor),
    Falsehood("a size that overflows", "[2, 3, 3, 3]", "[4611686018427387904]", .invalidTensor),
    Falsehood("too many dimensions", "[2, 3, 3, 3]", "[1, 1, 1, 1, 1, 2, 3, 3, 3]", .invalidTensor),
    Falsehood("bytes of another shape", "[2, 3, 3, 3]", "[2, 3, 3, 4]", .invalidTensor),
    Falsehood("a negative offset", #""offset": 216"#, #""offset": -4"#, .invalidTensor),
    Falsehood("a misaligned offset", #""offset": 216"#, #""offset": 218"#, .invalidTensor),
    Falsehood("an offset that overflows", #""offset": 216"#, #""offset": 9223372036854775804"#, .outOfRange),
    Falsehood(
      "an offset beyond any integer", #""offset": 216"#, #""offset": 99999999999999999999"#,
      .malformedManifest),
    Falsehood("an offset behind the file", #""offset": 216"#, #""offset": 1652"#, .outOfRange),
    Falsehood("an empty name", #""conv1.weight""#, #""""#, .invalidTensor),
    Falsehood("two of one name", #""bn1.bias""#, #""bn1.weight""#, .duplicateTensor),
    Falsehood("an overlap", #""offset": 216"#, #""offset": 212"#, .overlap),
    Falsehood(
      "a gap", #""shape": [2, 3, 3, 3], "dtype": "float32", "offset": 0, "bytes": 216"#,
      #""shape": [2, 3, 3, 2], "dtype": "float32", "offset": 0, "bytes": 144"#, .unclaimedBytes),
  ]

  @Test(arguments: falsehoods)
  func everyFalsehoodIsNamed(falsehood: Falsehood<WeightFileError.Code>) throws {
    let folder = FixtureFolder()
    try folder.replace(falsehood.truth, with: falsehood.falsehood)
    let error = #expect(throws: WeightFileError.self) { try openWeights(folder.path) }
    #expect(error?.code == falsehood.code, "\(error?.description ?? "")")
  }

  @Test(arguments: [(-1, WeightFileError.Code.outOfRange), (-1652, .outOfRange), (1, .unclaimedBytes)])
  func weightsOfAnotherSizeAreRefused(change: Int, code: WeightFileError.Code) throws {
    let folder = FixtureFolder()
    folder.editWeights { bytes in
      if change < 0 { bytes.removeLast(-change) } else { bytes += Array(repeating: 0, count: change) }
    }
    #expect(throws: WeightFileError(code, file: "", "")) { try openWeights(folder.path) }
  }

  @Test func aTruncatedManifestIsMalformedWhereverItEnds() throws {
    let folder = FixtureFolder()
    let manifest = folder.manifest
    for length in stride(from: 0, to: manifest.count - 2, by: 97) {
      folder.write(manifest: String(manifest.prefix(length)))
      #expect(throws: WeightFileError(.malformedManifest, file: "", ""), "\(length)") {
        try openWeights(folder.path)
      }
    }
  }

  @Test func deeplyNestedJSONIsMalformed() throws {
    let folder = FixtureFolder()
    folder.write(manifest: String(repeating: "[", count: 200_000))
    #expect(throws: WeightFileError(.malformedManifest, file: "", "")) {
      try openWeights(folder.path)
    }
  }
}
