import OpenInference
import Serving
import Testing

@Suite struct InferenceMessageTests {
  private typealias Input = InferenceMessage.Input
  private typealias Wish = InferenceMessage.Wish

  private func parse(_ json: String, tail: [UInt8] = []) throws -> InferenceMessage {
    let header = Array(json.utf8)
    return try InferenceMessage(body: header + tail, headerLength: tail.isEmpty ? nil : header.count)
  }

  @Test func `tensors are read from nested and flat lists, wherever data stands`() throws {
    let flat = try parse(
      #"{"id":"7","inputs":[{"name":"input","shape":[1,1,2,2],"datatype":"FP32","data":[1,-2.5,3e0,4]}]}"#)
    let nested = try parse(
      #"{"inputs":[{"data":[[[[1,-2.5],[3,4.0]]]],"datatype":"FP32","shape":[1,1,2,2],"name":"input"}],"id":"7"}"#
    )
    let wanted = InferenceMessage(
      id: "7",
      inputs: [
        Input(name: "input", datatype: "FP32", shape: [1, 1, 2, 2], content: .floats([1, -2.5, 3, 4]))
      ])
    #expect(flat == wanted && nested == wanted)
  }

  @Test func `bytes behind the JSON go to the inputs in their order`() throws {
    let floats: [UInt8] = [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0]
    let images: [UInt8] = [2, 0, 0, 0, 0x41, 0x42, 0, 0, 0, 0]
    let message = try parse(
      """
      {"inputs":[{"name":"a","datatype":"FP32","shape":[2],"parameters":{"binary_data_size":8}},
      {"name":"b","datatype":"BYTES","shape":[2],"parameters":{"binary_data_size":10}}],
      "outputs":[{"name":"logits","parameters":{"classification":3,"binary_data":true}},{"name":"probabilities"}],
      "parameters":{"priority":1,"binary_data_output":false}}
      """, tail: floats + images)
    #expect(message.inputs.map(\.content) == [.floats([1, -2]), .elements([[0x41, 0x42], []])])
    #expect(
      message.outputs == [
        Wish(name: "logits", isBinary: true, classes: 3), Wish(name: "probabilities", isBinary: false),
      ])
    #expect(message.inputs[0].content.bytes == floats && message.inputs[1].content.bytes == images)
    let all = try parse(
      #"{"inputs":[{"name":"b","datatype":"BYTES","shape":[1],"data":["x"]}],"parameters":{"binary_data_output":true}}"#
    )
    #expect(all.outputs?.map(\.isBinary) == [true, true])
  }

  @Test func `a body alone is an image`() throws {
    let message = try InferenceMessage(body: [1, 2, 3], headerLength: 0)
    #expect(message.inputs.map(\.content) == [.elements([[1, 2, 3]])])
    #expect(throws: ServingError(.invalid, "")) { try InferenceMessage(body: [], headerLength: 0) }
  }

  @Test(arguments: [
    #""#, #"[]"#, #"{"#, #"{"inputs":[{}]}"#, #"{"inputs":1}"#, #"{"inputs":[],"inputs":[]}"#,
    #"{"inputs":[]} x"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[-1],"data":[1]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1.5],"data":[1]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":["1"]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[true]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1e999]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[01]}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[1],"parameters":{"binary_data_size":4}}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":4}}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":-4}}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":1e300}}]}"#,
    #"{"inputs":[],"outputs":[{"parameters":{}}]}"#,
    #"{"inputs":[],"outputs":[{"name":"logits","parameters":{"classification":0}}]}"#,
    #"{"inputs":[],"outputs":[{"name":"logits","parameters":{"binary_data":"yes"}}]}"#,
    #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1],"data":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]}]}"#,
  ])
  func `what is no request is refused`(json: String) {
    #expect(throws: ServingError(.invalid, "")) { try parse(json) }
  }

  @Test func `bytes that do not add up are refused`() {
    let json =
      #"{"inputs":[{"name":"b","datatype":"BYTES","shape":[1],"parameters":{"binary_data_size":5}}]}"#
    for tail: [UInt8] in [
      [9, 0, 0, 0, 1], [0, 0, 0, 0, 1], [1, 0, 0, 0], [1, 0, 0, 0, 1, 1], [255, 255, 255, 255, 0],
    ] {
      #expect(throws: ServingError(.invalid, ""), "\(tail)") { try parse(json, tail: tail) }
    }
    for length in [-1, 1, 5, 1000] {
      #expect(throws: ServingError(.invalid, "")) {
        try InferenceMessage(body: Array(json.utf8), headerLength: length)
      }
    }
  }
}
