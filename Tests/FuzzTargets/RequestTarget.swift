import InferenceMessages
import OpenInference
import Serving
import SwiftProtobuf

extension FuzzTarget {
  /// Bodies of requests to a server: the first two bytes say how many are JSON, the rest is the body, as it is and as a compressed one.
  static let request = FuzzTarget("request") { input in
    guard input.count >= 2 else { return }
    let body = Array(input.dropFirst(2))
    for coding in [ContentCoding.gzip, .deflate] {
      if let decoded = try? coding.decode(body, limit: 1 << 16) {
        precondition(decoded.count <= 1 << 16, "more bytes than the limit")
      }
    }
    _ = try? PredictMessage(body: body)
    let target = String(decoding: body.prefix(200), as: UTF8.self)
    for part in RESTRequest(method: "GET", target: target).parts ?? [] {
      precondition(!part.isEmpty && !part.contains("/"), "a part of a path with a slash")
    }
    let length = Int(input[0]) | Int(input[1]) << 8
    let message = try InferenceMessage(body: body, headerLength: length == 0xFFFF ? nil : length)
    requireSameBytes(message)
  }

  /// Messages of gRPC that ask for inference.
  static let rpc = FuzzTarget("rpc") { input in
    guard let request = try? Inference_ModelInferRequest(serializedBytes: input) else { return }
    requireSameBytes(try InferenceMessage(request))
  }

  /// What is read from bytes or lists is written as bytes of the same content.
  private static func requireSameBytes(_ message: InferenceMessage) {
    for input in message.inputs {
      let bytes = input.content.bytes
      let again = try? InferenceMessage.Content(
        bytes: bytes[...], datatype: input.datatype == "BYTES" ? "BYTES" : "FP32")
      precondition(again?.bytes == bytes, "another content")
    }
  }
}
