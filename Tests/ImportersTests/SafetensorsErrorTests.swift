import Messages
import TestSupport
import Testing
import WeightFiles
import WeightTestSupport

@testable import Importers

/// A sound safetensors file whose texts or tensors cannot be of a network, and the code that it must raise.
struct BadDescription: Sendable, CustomTestStringConvertible {
  var label: String
  var members: String
  var code: ImportError.Code
  var testDescription: String { label }

  init(_ label: String, _ code: ImportError.Code, _ members: String = "") {
    self.label = label
    self.members = members
    self.code = code
  }
}

@Suite struct SafetensorsErrorTests {
  /// A file of one tensor of 8 bytes, with more members in its header.
  private func file(_ members: String, type: String = "F32", shape: String = "[2]") -> [UInt8] {
    let header = #"{"a":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":[0,8]}\#(members)}"#
    return SafetensorsText.length(header.utf8.count) + Array(header.utf8) + [UInt8](repeating: 0, count: 8)
  }

  static let descriptions = [
    BadDescription(
      "an architecture that is none", .file(.malformedHeader),
      #","__metadata__":{"reszoo.architecture":"{}"}"#),
    BadDescription(
      "labels that are none", .file(.malformedHeader), #","__metadata__":{"reszoo.labels":"[1]"}"#),
    BadDescription(
      "an origin that is none", .file(.malformedHeader), #","__metadata__":{"reszoo.origin":"x"}"#),
    BadDescription("no architecture", .architecture),
    BadDescription(
      "an architecture without a name", .architecture,
      #","__metadata__":{"reszoo.architecture":"resnet19"}"#),
    BadDescription(
      "another network's tensors", .tensors, #","__metadata__":{"reszoo.architecture":"resnet18"}"#),
    BadDescription("an unknown field", .file(.malformedHeader), #","b":{"x":1}"#),
  ]

  @Test(arguments: descriptions)
  func everyBadDescriptionIsNamed(bad: BadDescription) {
    let path = TemporaryFolder()
    let file = path.write(file(bad.members), to: "x.safetensors")
    let error = #expect(throws: ImportError.self) { try importWeights(file) }
    #expect(error?.code == bad.code, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("I64", "[1]"), ("U8", "[8]"), ("BOOL", "[8]"), ("F8_E4M3", "[8]"), ("C64", "[1]"),
  ])
  func tensorsOfOtherTypesThanFloatsAreRefused(type: String, shape: String) {
    let folder = TemporaryFolder()
    let path = folder.write(file("", type: type, shape: shape), to: "x.safetensors")
    #expect(throws: ImportError(.unsuitableElementType, file: "", "")) { try importWeights(path) }
  }

  @Test func allUnsuitableTensorsAreListed() throws {
    let folder = TemporaryFolder()
    let header =
      #"{"a":{"dtype":"I32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"U8","shape":[1],"data_offsets":[8,9]},"#
      + #""c.num_batches_tracked":{"dtype":"U8","shape":[],"data_offsets":[9,10]}}"#
    let bytes =
      SafetensorsText.length(header.utf8.count) + Array(header.utf8) + [UInt8](repeating: 0, count: 10)
    let path = folder.write(bytes, to: "x.safetensors")
    let error = #expect(throws: ImportError.self) { try importWeights(path) }
    #expect(error?.code == .unsuitableElementType)
    #expect(error?.message.contains("2 unsuitable: a (I32), b (U8)") == true, "\(error?.message ?? "")")
  }
}
