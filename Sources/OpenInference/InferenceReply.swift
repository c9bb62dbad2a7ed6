import ImageInput
import Metrics
import ModelDescriptor
import Platform
package import Serving

/// The answer to an ``InferenceMessage``.
package struct InferenceReply: Hashable, Sendable {
  /// A tensor that comes out.
  package struct Output: Hashable, Sendable {
    package var name: String
    /// `FP32`, or `BYTES` for classes as texts.
    package var datatype: String
    package var shape: [Int]
    package var content: InferenceMessage.Content
    package var isBinary: Bool
  }

  package var modelName: String
  package var id: String?
  package var outputs: [Output]

  /// The version that every model has.
  package static let modelVersion = "1"

  /// Makes the tensors that a message asked for.
  ///
  /// - Throws: ``ServingError`` of the code `invalid` when a row has no answer, as the protocol has no place for errors of single rows.
  package init(
    _ answer: InferenceAnswer, to message: InferenceMessage, of model: ServedModel
  ) throws(ServingError) {
    var rows: [InferenceAnswer.Row] = []
    for (index, row) in answer.rows.enumerated() {
      switch row {
      case .success(let row): rows.append(row)
      case .failure(let error):
        throw ServingError(.invalid, "row \(index): \(error.message)")
      }
    }
    modelName = model.name
    id = message.id
    let wishes =
      message.outputs ?? InferenceMessage.OutputName.allCases.map { InferenceMessage.Wish(name: $0.rawValue) }
    let classes = model.descriptor.architecture.classes
    outputs = wishes.map { wish in
      let isLogits = wish.name == InferenceMessage.OutputName.logits.rawValue
      guard let count = wish.classes.map({ min($0, classes) }) else {
        return Output(
          name: wish.name, datatype: "FP32", shape: [rows.count, classes],
          content: .floats(
            rows.flatMap { row in isLogits ? row.logits : row.probabilities.map { Float($0) } }),
          isBinary: wish.isBinary)
      }
      return Output(
        name: wish.name, datatype: "BYTES", shape: [rows.count, count],
        content: .elements(
          rows.flatMap { row in
            row.scores.likeliest(count).map { index in
              Self.text(
                isLogits ? Double(row.logits[index]) : row.probabilities[index], index,
                model.descriptor.labels?[index])
            }
          }), isBinary: wish.isBinary)
    }
  }

  /// A class as the extension *classification* writes it: `value:index:label`, the value with six decimals.
  private static func text(_ value: Double, _ index: Int, _ label: String?) -> [UInt8] {
    Array((sixDecimals(value) + ":\(index)" + (label.map { ":" + $0 } ?? "")).utf8)
  }

  /// As C's `%f` writes a number.
  private static func sixDecimals(_ value: Double) -> String {
    let scaled = (value.magnitude * 1e6).rounded(.toNearestOrEven)
    guard scaled < 1e15 else { return "\(value)" }
    let digits = "\(Int(scaled))"
    let padded = String(repeating: "0", count: max(0, 7 - digits.count)) + digits
    return (value.sign == .minus ? "-" : "") + padded.dropLast(6) + "." + padded.suffix(6)
  }
}

extension InferenceReply {
  /// The body of a REST answer.
  package struct Body: Hashable, Sendable {
    package var bytes: [UInt8]
    /// `Inference-Header-Content-Length`; nil where all is JSON.
    package var headerLength: Int?
  }

  /// Writes the answer as JSON, and behind it the bytes of the outputs that were asked for in binary form.
  package var body: Body {
    var text = "{\"model_name\":\(JSONLiteral.text(modelName)),\"model_version\":\"\(Self.modelVersion)\""
    if let id { text += ",\"id\":\(JSONLiteral.text(id))" }
    text += ",\"outputs\":["
    var tail: [UInt8] = []
    for (index, output) in outputs.enumerated() {
      if index > 0 { text += "," }
      text +=
        "{\"name\":\(JSONLiteral.text(output.name)),\"datatype\":\"\(output.datatype)\",\"shape\":\(JSONLiteral.list(output.shape))"
      if output.isBinary {
        let bytes = output.content.bytes
        text += ",\"parameters\":{\"binary_data_size\":\(bytes.count)}}"
        tail += bytes
      } else {
        text += ",\"data\":\(JSONLiteral.list(output.content))}"
      }
    }
    text += "]}"
    let header = Array(text.utf8)
    return Body(bytes: header + tail, headerLength: tail.isEmpty ? nil : header.count)
  }
}

extension InferenceMessage.Content {
  /// The elements as the protocol has them in bytes.
  package var bytes: [UInt8] {
    switch self {
    case .floats(let values): unsafe values.withUnsafeBytes { unsafe Array($0) }
    case .elements(let elements):
      elements.reduce(into: []) { bytes, element in
        for shift in stride(from: 0, to: 32, by: 8) {
          bytes.append(UInt8(truncatingIfNeeded: element.count >> shift))
        }
        bytes += element
      }
    }
  }
}

/// Values as JSON.
enum JSONLiteral {
  /// A text, with all as escapes that is not ASCII or not seen.
  static func text(_ value: String) -> String {
    var text = "\""
    for unit in value.utf16 {
      switch unit {
      case 0x22: text += "\\\""
      case 0x5C: text += "\\\\"
      case 0x20..<0x7F: text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return text + "\""
  }

  static func list(_ values: [Int]) -> String { "[" + values.map(\.description).joined(separator: ",") + "]" }

  /// Numbers with as many digits as make the same 32-bit floats again.
  static func list(_ content: InferenceMessage.Content) -> String {
    switch content {
    case .floats(let values): "[" + values.map(\.description).joined(separator: ",") + "]"
    case .elements(let elements):
      "[" + elements.map { text(String(decoding: $0, as: UTF8.self)) }.joined(separator: ",") + "]"
    }
  }
}
