/// One image's result as JSON.
package struct ResultRow: Encodable {
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
  /// True if no class is as probable as was asked for; else nil.
  var unsure: Bool?
  var error: String?
  var warning: String?
  /// Only for images that are not stored upright.
  var exif: Orientation?

  /// - Parameter listed: the classes that are listed; nil where there is an error.
  package init(_ result: ImageResult, listed: [Prediction]?) {
    input = result.input
    top = listed?.map {
      Class(label: $0.label, index: $0.index, probability: $0.probability, logit: $0.logit)
    }
    if listed?.isEmpty == true { unsure = true }
    if case .failure(let failure) = result.outcome { error = failure.message }
    warning = result.image?.warning
    if let image = result.image, image.orientation != 1 {
      exif = Orientation(orientation: image.orientation, applied: image.orientationApplied)
    }
  }
}
