import Foundation
import Messages
import TestSupport
import Testing
import WeightFiles

@testable import Importers

@Suite struct RawExportErrorTests {
  static let falsehoods: [Falsehood<ImportError.Code>] = [
    Falsehood("a missing field", #""source""#, #""label""#, .file(.malformedManifest)),
    Falsehood("bytes of another shape", "[2, 3, 3, 3]", "[2, 3, 3, 4]", .file(.invalidTensor)),
    Falsehood(
      "an unknown preset", #""preprocessing": {"#, #""preprocessing": "cifar", "labels": {"#,
      .file(.malformedManifest)),
    Falsehood("an unsound descriptor", #""blocks": 1"#, #""blocks": 0"#, .architecture),
    Falsehood(
      "a descriptor that no net can be", #""zero_pad""#,
      #""zero_pad", "normalization": {"kind": "group", "groups": 3}"#, .architecture),
    Falsehood("a descriptor without stages", #""stages""#, #""stage""#, .file(.malformedManifest)),
    Falsehood("other classes than the weights have", #""classes": 3"#, #""classes": 4"#, .classes),
    Falsehood("labels of other classes", #""ant", "#, "", .labels),
    Falsehood("an unsound record", #""std": [0.25, "#, #""std": [0.0, "#, .preprocessing),
    Falsehood("two of one name after mapping", #""bn1.bias""#, #""linear.bias""#, .duplicateTensor),
    Falsehood("a tensor of another name", #""bn1.bias""#, #""bn1.beta""#, .tensors),
    Falsehood("a wrongly shaped tensor", "[2, 3, 3, 3]", "[3, 2, 3, 3]", .tensors),
  ]

  @Test(arguments: falsehoods)
  func everyFalsehoodIsNamed(falsehood: Falsehood<ImportError.Code>) throws {
    let folder = FixtureFolder()
    try folder.replace(falsehood.truth, with: falsehood.falsehood)
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == falsehood.code, "\(error?.description ?? "")")
  }

  @Test func anUnknownPresetNameIsRefused() throws {
    let folder = FixtureFolder(copying: "parallel")
    try folder.replace(#""preprocessing": null"#, with: #""preprocessing": "cifar""#)
    #expect(throws: ImportError(.preprocessing, file: "", "")) { try importWeights(folder.path) }
  }

  @Test func anUnknownArchitectureIsRefusedWithAHint() throws {
    let folder = FixtureFolder()
    folder.write(
      manifest: """
        {"format": "reszoo-raw-export", "version": 1, "architecture": "resnet19", "source": {"name": "x"},
         "tensors": []}
        """)
    folder.editWeights { $0 = [] }
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == .architecture)
    #expect(error?.message.contains("resnet18") == true)
  }

  @Test func allDifferencesAreListed() throws {
    let folder = FixtureFolder()
    try folder.replace(#""bn1.bias""#, with: #""bn1.beta""#)
    try folder.replace("[2, 3, 3, 3]", with: "[3, 2, 3, 3]")
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    for part in ["bn1.bias [2]: perhaps bn1.beta [2]", "conv1.weight is [3, 2, 3, 3]"] {
      #expect(error?.message.contains(part) == true, "\(part) is not in \(error?.message ?? "")")
    }
  }

  @Test func whatIsNotFiniteIsNamed() throws {
    let folder = FixtureFolder()
    folder.editWeights { $0.replaceSubrange(($0.count - 4)..., with: [0, 0, 0x80, 0x7F]) }
    let error = #expect(throws: ImportError.self) { try importWeights(folder.path) }
    #expect(error?.code == .tensors)
    #expect(error?.message.contains("fc.bias has inf at element 2") == true)
  }

  @Test func weightsFarLargerThanTheArchitectureAreRefusedUnread() throws {
    let folder = FixtureFolder()
    let elements = 1 << 36
    try folder.replace(
      #"{"name": "conv1.weight""#,
      with:
        #"{"name": "layer1.0.huge", "shape": [\#(elements)], "dtype": "float32", "offset": 1652, "bytes": \#(4 * elements)}, "#
        + #"{"name": "conv1.weight""#)
    let file = try FileHandle(forWritingTo: URL(filePath: folder.file("weights.bin")))
    try file.truncate(atOffset: UInt64(1652 + 4 * elements))  // A hole: it takes no room on the disk.
    #expect(throws: ImportError(.tooLarge, file: "", "")) { try importWeights(folder.path) }
  }
}
