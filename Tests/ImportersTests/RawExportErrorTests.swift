import Foundation
import Importers
import Messages
import Testing

/// What a manifest says instead of the truth, and the code that it must raise.
struct Falsehood: Sendable, CustomTestStringConvertible {
  var label: String
  var truth: String
  var falsehood: String
  var code: ImportError.Code
  var testDescription: String { label }

  init(_ label: String, _ truth: String, _ falsehood: String, _ code: ImportError.Code) {
    self.label = label
    self.truth = truth
    self.falsehood = falsehood
    self.code = code
  }
}

@Suite struct RawExportErrorTests {
  static let falsehoods = [
    Falsehood("not JSON", "{", "", .malformedManifest),
    Falsehood("another format", "reszoo-raw-export", "zip", .unknownFormat),
    Falsehood("a later version", #""version": 1"#, #""version": 2"#, .unsupportedVersion),
    Falsehood("a version that is a text", #""version": 1"#, #""version": "1""#, .malformedManifest),
    Falsehood("an unknown field", #""version": 1"#, #""version": 1, "extra": 0"#, .malformedManifest),
    Falsehood("a missing field", #""source""#, #""label""#, .malformedManifest),
    Falsehood("an unknown field of a tensor", #""bytes": 216"#, #""bytes": 216, "x": 1"#, .malformedManifest),
    Falsehood(
      "an unknown preset", #""preprocessing": {"#, #""preprocessing": "cifar", "labels": {"#,
      .malformedManifest),
    Falsehood("an unsound descriptor", #""blocks": 1"#, #""blocks": 0"#, .architecture),
    Falsehood(
      "a descriptor that no net can be", #""zero_pad""#,
      #""zero_pad", "normalization": {"kind": "group", "groups": 3}"#, .architecture),
    Falsehood("a descriptor without stages", #""stages""#, #""stage""#, .malformedManifest),
    Falsehood("other classes than the weights have", #""classes": 3"#, #""classes": 4"#, .classes),
    Falsehood("labels of other classes", #""ant", "#, "", .labels),
    Falsehood("an unsound record", #""std": [0.25, "#, #""std": [0.0, "#, .preprocessing),
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
    Falsehood("two of one name after mapping", #""bn1.bias""#, #""linear.bias""#, .duplicateTensor),
    Falsehood("an overlap", #""offset": 216"#, #""offset": 212"#, .overlap),
    Falsehood(
      "a gap", #""shape": [2, 3, 3, 3], "dtype": "float32", "offset": 0, "bytes": 216"#,
      #""shape": [2, 3, 3, 2], "dtype": "float32", "offset": 0, "bytes": 144"#, .unclaimedBytes),
    Falsehood("a tensor of another name", #""bn1.bias""#, #""bn1.beta""#, .tensors),
    Falsehood("a wrongly shaped tensor", "[2, 3, 3, 3]", "[3, 2, 3, 3]", .tensors),
  ]

  @Test(arguments: falsehoods)
  func everyFalsehoodIsNamed(falsehood: Falsehood) throws {
    let folder = try RawExportFolder()
    try folder.replace(falsehood.truth, with: falsehood.falsehood)
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == falsehood.code, "\(error?.description ?? "")")
  }

  @Test func anUnknownPresetNameIsRefused() throws {
    let folder = try RawExportFolder(copying: "parallel")
    try folder.replace(#""preprocessing": null"#, with: #""preprocessing": "cifar""#)
    #expect(throws: ImportError(.preprocessing, file: "", "")) { try importWeights(folder.path) }
  }

  @Test func anUnknownArchitectureIsRefusedWithAHint() throws {
    let folder = try RawExportFolder()
    try folder.write(
      manifest: """
        {"format": "reszoo-raw-export", "version": 1, "architecture": "resnet19", "source": {"name": "x"},
         "tensors": []}
        """)
    try folder.editWeights { $0 = Data() }
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("resnet18") == true)
  }

  @Test func allDifferencesAreListed() throws {
    let folder = try RawExportFolder()
    try folder.replace(#""bn1.bias""#, with: #""bn1.beta""#)
    try folder.replace("[2, 3, 3, 3]", with: "[3, 2, 3, 3]")
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    for part in ["bn1.bias [2]: perhaps bn1.beta [2]", "conv1.weight is [3, 2, 3, 3]"] {
      #expect(error?.message.contains(part) == true, "\(part) is not in \(error?.message ?? "")")
    }
  }

  @Test func whatIsNotFiniteIsNamed() throws {
    let folder = try RawExportFolder()
    try folder.editWeights { $0.replaceSubrange(($0.count - 4)..., with: [0, 0, 0x80, 0x7F]) }
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == .tensors)
    #expect(error?.message.contains("fc.bias has inf at element 2") == true)
  }

  @Test func weightsFarLargerThanTheArchitectureAreRefusedUnread() throws {
    let folder = try RawExportFolder()
    let elements = 1 << 36
    try folder.replace(
      #"{"name": "conv1.weight""#,
      with:
        #"{"name": "huge", "shape": [\#(elements)], "dtype": "float32", "offset": 1652, "bytes": \#(4 * elements)}, "#
        + #"{"name": "conv1.weight""#)
    let file = try FileHandle(forWritingTo: URL(filePath: folder.file("weights.bin")))
    try file.truncate(atOffset: UInt64(1652 + 4 * elements))  // A hole: it takes no room on the disk.
    #expect(throws: ImportError(.tooLarge, file: "", "")) { try importWeights(folder.path) }
  }

  @Test(arguments: [(-1, ImportError.Code.outOfRange), (-1652, .outOfRange), (1, .unclaimedBytes)])
  func weightsOfAnotherSizeAreRefused(change: Int, code: ImportError.Code) throws {
    let folder = try RawExportFolder()
    try folder.editWeights { $0 = change < 0 ? $0.dropLast(-change) : $0 + Data(count: change) }
    #expect(throws: ImportError(code, file: "", "")) { try importWeights(folder.path) }
  }

  @Test func aTruncatedManifestIsMalformedWhereverItEnds() throws {
    let folder = try RawExportFolder()
    let manifest = try folder.manifest
    for length in stride(from: 0, to: manifest.count - 2, by: 97) {
      try folder.write(manifest: String(manifest.prefix(length)))
      #expect(throws: ImportError(.malformedManifest, file: "", ""), "\(length)") {
        try importWeights(folder.path)
      }
    }
  }

  @Test func deeplyNestedJSONIsMalformed() throws {
    let folder = try RawExportFolder()
    try folder.write(manifest: String(repeating: "[", count: 200_000))
    #expect(throws: ImportError(.malformedManifest, file: "", "")) {
      try importWeights(folder.path)
    }
  }
}
