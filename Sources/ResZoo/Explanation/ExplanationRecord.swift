/// The numbers of explanations, as JSON.
package struct ExplanationRecord: Encodable {
  /// The member that marks the file.
  static let formatName = "reszoo explanation"

  package var format = Self.formatName
  package var version = 1
  package var model: String
  package var method: String
  /// The node that is looked at; nil for methods that look at pixels.
  package var node: String?
  /// Height and width of the network's input.
  package var inputSize: [Int]
  package var baseline: String?
  package var window: Int?
  package var stride: Int?
  /// True if the network was quantized, and its weights are explained as real numbers.
  package var dequantized: Bool
  package var images: [Image] = []
  /// The other files of the folder, by which a later run knows what it may replace.
  package var files: [File] = []

  enum CodingKeys: String, CodingKey {
    case format, version, model, method, node, baseline, window, stride, dequantized, images, files
    case inputSize = "input_size"
  }

  package struct File: Codable {
    package var name: String
    /// Of its content, in hexadecimal.
    package var sha256: String
  }

  package struct Image: Encodable {
    package var input: String
    package var error: String?
    package var top: [Class]?
    package var maps: [Map]?
  }

  package struct Class: Encodable {
    var label: String?
    var index: Int
    var probability: Double
    var logit: Float
  }

  package struct Map: Encodable {
    var label: String?
    package var index: Int
    /// True for the answer no of a yes/no network.
    var no: Bool?
    /// The class whose logit is subtracted.
    var comparedWith: Int?
    /// The explained number: a logit, or a difference of two.
    package var value: Double
    /// False if no number of the map is above 0.
    package var evidence: Bool
    /// Rows and columns of the map.
    package var shape: [Int]
    package var minimum: Float
    package var maximum: Float
    package var check: Check?
    /// The file of the image, beside this one.
    package var image: String
    /// The file of the array; nil for none.
    package var array: String?

    enum CodingKeys: String, CodingKey {
      case label, index, no, value, evidence, shape, minimum, maximum, check, image, array
      case comparedWith = "compared_with"
    }
  }

  package struct Check: Encodable {
    package var kind: String
    package var expected: Double
    package var found: Double
    package var difference: Double
    var bias: Double?
    var steps: Int?
  }
}

extension ExplanationRecord.Check {
  init(_ check: Explanation.Check) {
    self.init(
      kind: check.kind.rawValue, expected: check.expected, found: check.found, difference: check.difference,
      bias: check.kind == .logit ? check.addend : nil, steps: check.kind == .gain ? check.steps : nil)
  }
}

/// The members of an earlier record that say which files of a folder are its own.
struct EarlierExplanation: Decodable {
  var format: String
  var files: [ExplanationRecord.File]
}
