import Messages
import TestSupport
import Testing

@testable import WeightFiles

/// A header that is wrong, and the code that it must raise.
struct BadHeader: Sendable, CustomTestStringConvertible {
  var label: String
  var header: String
  var data: Int
  var code: WeightFileError.Code
  var testDescription: String { label }

  init(_ label: String, _ code: WeightFileError.Code, data: Int = 8, _ header: String) {
    self.label = label
    self.header = header
    self.data = data
    self.code = code
  }

  /// One sound tensor of 8 bytes with its name, and more members.
  static func withTensor(_ more: String) -> String {
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}\#(more)}"#
  }

  /// One tensor with these fields.
  static func tensor(
    dtype: String = #""F32""#, shape: String = "[2]", offsets: String = "[0,8]", more: String = ""
  ) -> String {
    #"{"a":{"dtype":\#(dtype),"shape":\#(shape),"data_offsets":\#(offsets)\#(more)}}"#
  }
}

@Suite struct SafetensorsErrorTests {
  typealias T = BadHeader

  static let malformed = [
    T("an empty header", .malformedHeader, ""),
    T("an array", .malformedHeader, "[]"),
    T("a number", .malformedHeader, "7"),
    T("spaces before the object", .malformedHeader, " " + T.tensor()),
    T("text behind the object", .malformedHeader, T.tensor() + "x"),
    T("a second object", .malformedHeader, T.tensor() + T.tensor()),
    T("an object that does not end", .malformedHeader, String(T.tensor().dropLast())),
    T("a comma at the end", .malformedHeader, T.withTensor(",")),
    T("no comma", .malformedHeader, T.withTensor(#" "b":{}"#)),
    T("no colon", .malformedHeader, #"{"a" {}}"#),
    T("a name without quotes", .malformedHeader, "{a:{}}"),
    T("a NUL at the end", .malformedHeader, T.tensor() + "\0"),
    T("a line feed in a name", .malformedHeader, "{\"a\nb\":{}}"),
    T("an unknown escape", .malformedHeader, #"{"\x":{}}"#),
    T("half an escape", .malformedHeader, #"{"\u00"#),
    T("digits that are none", .malformedHeader, #"{"\u00g0":{}}"#),
    T("half a surrogate pair", .malformedHeader, #"{"\ud800":{}}"#),
    T("two first halves", .malformedHeader, #"{"\ud800\ud800":{}}"#),
    T("a second half alone", .malformedHeader, #"{"\udc00":{}}"#),
    T("a tensor that is a list", .malformedHeader, #"{"a":[]}"#),
    T("a tensor that is null", .malformedHeader, #"{"a":null}"#),
    T("no dtype", .malformedHeader, #"{"a":{"shape":[2],"data_offsets":[0,8]}}"#),
    T("no shape", .malformedHeader, #"{"a":{"dtype":"F32","data_offsets":[0,8]}}"#),
    T("no offsets", .malformedHeader, #"{"a":{"dtype":"F32","shape":[2]}}"#),
    T("a field twice", .malformedHeader, T.tensor(more: #","dtype":"F32""#)),
    T("an unknown field", .malformedHeader, T.tensor(more: #","stride":[1]"#)),
    T("a dtype that is a number", .malformedHeader, T.tensor(dtype: "32")),
    T("a shape that is a number", .malformedHeader, T.tensor(shape: "2")),
    T("a negative extent", .malformedHeader, T.tensor(shape: "[-2]")),
    T("a fractional extent", .malformedHeader, T.tensor(shape: "[2.0]")),
    T("an extent with an exponent", .malformedHeader, T.tensor(shape: "[2e0]")),
    T("an extent with a leading zero", .malformedHeader, T.tensor(shape: "[02]")),
    T("an extent in quotes", .malformedHeader, T.tensor(shape: #"["2"]"#)),
    T("an extent beyond any integer", .malformedHeader, T.tensor(shape: "[18446744073709551616]")),
    T("nine dimensions", .malformedHeader, T.tensor(shape: "[1,1,1,1,1,1,1,1,2]")),
    T("a negative offset", .malformedHeader, T.tensor(offsets: "[-8,0]")),
    T("three offsets", .malformedHeader, T.tensor(offsets: "[0,4,8]")),
    T("an offset beyond any integer", .malformedHeader, T.tensor(offsets: "[0,9223372036854775808]")),
    T("deep nesting", .malformedHeader, String(repeating: #"{"a":"#, count: 100_000)),
    T("deep lists", .malformedHeader, #"{"a":{"shape":"# + String(repeating: "[", count: 100_000)),
    T("metadata that is a list", .malformedHeader, T.withTensor(#","__metadata__":[]"#)),
    T("metadata that is no text", .malformedHeader, T.withTensor(#","__metadata__":{"a":1}"#)),
    T("metadata twice", .malformedHeader, T.withTensor(#","__metadata__":{},"__metadata__":{}"#)),
    T("a text of the metadata twice", .malformedHeader, T.withTensor(#","__metadata__":{"a":"","a":""}"#)),
    T("a very long name", .malformedHeader, #"{""# + String(repeating: "a", count: 1025) + #"":{}}"#),
    T(
      "metadata of more than 8 MiB", .malformedHeader,
      T.withTensor(
        #","__metadata__":{"a":"\#(String(repeating: "x", count: 1 << 23))","b":"x"}"#)),
  ]

  static let contradictory = [
    T(
      "a name twice", .duplicateTensor,
      T.withTensor(#","a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#)),
    T(
      "a name twice, once escaped", .duplicateTensor, data: 16,
      T.withTensor(#","\u0061":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}"#)),
    T("an unknown dtype", .unknownElementType, T.tensor(dtype: #""F128""#)),
    T("a dtype in small letters", .unknownElementType, T.tensor(dtype: #""f32""#)),
    T("small integers", .unsuitableElementType, T.tensor(dtype: #""U8""#, shape: "[8]")),
    T("truths", .unsuitableElementType, T.tensor(dtype: #""BOOL""#, shape: "[8]")),
    T("floats of 8 bits", .unsuitableElementType, T.tensor(dtype: #""F8_E4M3""#, shape: "[8]")),
    T("complex numbers", .unsuitableElementType, T.tensor(dtype: #""C64""#, shape: "[1]")),
    T("a shape that overflows", .invalidTensor, T.tensor(shape: "[4611686018427387904,4]")),
    T("a size that overflows", .invalidTensor, T.tensor(shape: "[4611686018427387904]")),
    T("bytes of another shape", .invalidTensor, T.tensor(shape: "[3]")),
    T("bytes of another type", .invalidTensor, T.tensor(dtype: #""F64""#)),
    T("part of a byte", .invalidTensor, T.tensor(dtype: #""F4""#, shape: "[15]")),
    T("an end before the beginning", .invalidTensor, T.tensor(offsets: "[8,0]")),
    T("one offset", .invalidTensor, T.tensor(offsets: "[0]")),
    T("no numbers as offsets", .invalidTensor, T.tensor(offsets: "[]")),
    T("an empty name", .invalidTensor, #"{"":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
    T("a NUL in a name", .invalidTensor, #"{"a\u0000":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#),
    T("data that is not there", .outOfRange, data: 7, T.tensor()),
    T(
      "offsets far behind the file", .outOfRange,
      T.tensor(shape: "[1125899906842624]", offsets: "[0,4503599627370496]")),
    T("bytes behind the last tensor", .unclaimedBytes, data: 9, T.tensor()),
    T("bytes before the first tensor", .unclaimedBytes, data: 12, T.tensor(offsets: "[4,12]")),
    T("no tensors, but data", .unclaimedBytes, "{}"),
    T(
      "a gap", .unclaimedBytes, data: 20,
      T.withTensor(#","b":{"dtype":"F32","shape":[2],"data_offsets":[12,20]}"#)),
    T(
      "an overlap", .overlap, data: 12,
      T.withTensor(#","b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}"#)),
    T(
      "the same bytes twice", .overlap,
      T.withTensor(#","b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}"#)),
    T(
      "nothing within another", .overlap,
      T.withTensor(#","b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}"#)),
    T(
      "a misaligned tensor", .misaligned, data: 10,
      #"{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]},"b":{"dtype":"F32","shape":[2],"data_offsets":[2,10]}}"#
    ),
  ]

  @Test(arguments: malformed + contradictory)
  func everyBadHeaderIsNamed(bad: BadHeader) {
    let folder = TemporaryFolder()
    let path = folder.write(SafetensorsBytes.file(header: bad.header, data: bad.data), to: "x.safetensors")
    let error = #expect(throws: WeightFileError.self) { try openWeights(path).readAll() }
    #expect(error?.code == bad.code, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    [1, 0, 0, 0, 0, 0, 0], SafetensorsBytes.length(1), SafetensorsBytes.length(100_000_001) + [0x7B],
    SafetensorsBytes.length(.max) + [0x7B], SafetensorsBytes.length(-1) + [0x7B],
    SafetensorsBytes.length(100_000_000) + [0x7B, 0x7D],
  ])
  func impossibleLengthsAreNamed(bytes: [UInt8]) {
    let path = TemporaryFolder()
    let file = path.write(bytes, to: "x.safetensors")
    #expect(throws: WeightFileError(.headerLength, file: "", "")) { try openWeights(file) }
  }

  @Test func textThatIsNotUTF8IsMalformed() {
    let folder = TemporaryFolder()
    let header: [UInt8] = [0x7B, 0x22, 0xC3, 0x28, 0x22, 0x3A, 0x7B, 0x7D, 0x7D]
    let path = folder.write(SafetensorsBytes.length(header.count) + header, to: "x.safetensors")
    #expect(throws: WeightFileError(.malformedHeader, file: "", "")) { try openWeights(path).readAll() }
  }

  @Test func missingFilesAndFoldersAreNamed() {
    let folder = TemporaryFolder()
    #expect(throws: WeightFileError(.notFound, file: "", "")) {
      try openWeights(folder.file("x.safetensors"))
    }
    #expect(throws: WeightFileError(.notFound, file: "", "")) { try openWeights(folder.path) }
    let empty = folder.write([], to: "empty.safetensors")
    #expect(throws: WeightFileError(.empty, file: "", "")) { try openWeights(empty) }
  }
}
