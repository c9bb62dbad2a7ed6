import Messages
import ResZoo

/// Puts results into words, one image at a time.
struct ResultWriter {
  /// The warning about answers that mean nothing.
  static func warning(_ descriptor: ModelDescriptor) -> String {
    descriptor.untrained.isEmpty
      ? "UNTRAINED network: its weights are random, and so are these answers."
      : "UNTRAINED head: its weights are random, and so are these answers. Fine-tune it first."
  }

  private let format: ResultFormat
  private let model: String
  private let isUntrained: Bool
  private let warning: String
  private let appliesExif: Bool
  private let top: Int
  private var rows = 0

  init(format: ResultFormat, model: String, descriptor: ModelDescriptor, appliesExif: Bool, top: Int) {
    self.format = format
    self.model = model
    isUntrained = descriptor.hasRandomAnswers
    warning = Self.warning(descriptor)
    self.appliesExif = appliesExif
    self.top = top
  }

  /// The text before the first result.
  func header() throws(Failure) -> String {
    switch format {
    case .text:
      return isUntrained ? warning + "\n" : ""
    case .jsonl:
      return ""
    case .json:
      // The members come in alphabetical order, as in all JSON of this program; results are written one by one.
      let exif = appliesExif ? "apply" : "ignore"
      return try #"{"exif":"\#(exif)","model":\#(JSONText.line(model)),"results":["#
    case .csv:
      let columns = (1...top).map { "label_\($0),index_\($0),probability_\($0),logit_\($0)" }
      return "input,error," + columns.joined(separator: ",") + "\n"
    }
  }

  mutating func row(_ result: ImageResult) throws(Failure) -> String {
    rows += 1
    switch format {
    case .text: return text(result)
    case .json:
      return try (rows > 1 ? ",\n" : "\n") + JSONText.line(ResultRow(result, appliesExif: appliesExif))
    case .jsonl: return try JSONText.line(ResultRow(result, appliesExif: appliesExif)) + "\n"
    case .csv: return csv(result)
    }
  }

  /// The text after the last result.
  func footer() -> String {
    format == .json ? "\n],\"untrained\":\(isUntrained)}\n" : ""
  }

  private func text(_ result: ImageResult) -> String {
    switch result.outcome {
    case .failure(let error):
      return "\(result.input.printable)\n  error: \(error.message.printable)\n"
    case .success(let classification):
      let lines = classification.top.map { prediction in
        let percent = (100 * prediction.probability).text(decimals: 2)
        let padding = String(repeating: " ", count: max(0, 7 - percent.count))
        return "  \(padding)\(percent) %  \(prediction.name.printable)\n"
      }
      return "\(result.input.printable)\n" + lines.joined()
    }
  }

  private func csv(_ result: ImageResult) -> String {
    var fields = [result.input]
    switch result.outcome {
    case .failure(let error):
      fields.append(error.message)
      fields += Array(repeating: "", count: 4 * top)
    case .success(let classification):
      fields.append("")
      for prediction in classification.top {
        fields += [
          prediction.label ?? "", "\(prediction.index)", "\(prediction.probability)", "\(prediction.logit)",
        ]
      }
    }
    return fields.map(\.csvField).joined(separator: ",") + "\n"
  }
}

extension Prediction {
  /// The label, or the class's number where there is none.
  var name: String { label ?? "class \(index)" }
}

extension String {
  /// The text as a field of RFC 4180.
  fileprivate var csvField: String {
    // By bytes: a quote followed by a combining mark is another Character.
    let quote = UInt8(ascii: "\"")
    guard utf8.contains(where: { $0 == quote || $0 == UInt8(ascii: ",") || $0 == 10 || $0 == 13 }) else {
      return self
    }
    let doubled = utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
    return "\"" + String(decoding: doubled, as: UTF8.self) + "\""
  }
}

/// One image's result as JSON.
private struct ResultRow: Encodable {
  struct Class: Encodable {
    var label: String?
    var index: Int
    var probability: Double
    var logit: Float

    /// A missing label is written as null.
    func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: Key.self)
      try container.encode(label, forKey: .label)
      try container.encode(index, forKey: .index)
      try container.encode(probability, forKey: .probability)
      try container.encode(logit, forKey: .logit)
    }

    enum Key: String, CodingKey {
      case label, index, probability, logit
    }
  }

  struct Orientation: Encodable {
    var orientation: Int
    var applied: Bool
  }

  var input: String
  var top: [Class]?
  var error: String?
  var warning: String?
  /// Only for images that are not stored upright.
  var exif: Orientation?

  init(_ result: ImageResult, appliesExif: Bool) {
    input = result.input
    switch result.outcome {
    case .success(let classification):
      top = classification.top.map {
        Class(label: $0.label, index: $0.index, probability: $0.probability, logit: $0.logit)
      }
    case .failure(let failure):
      error = failure.message
    }
    warning = result.image?.warning
    if let image = result.image, image.orientation != 1 {
      exif = Orientation(orientation: image.orientation, applied: image.orientationApplied)
    }
  }
}
