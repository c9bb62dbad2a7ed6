/// All figures of a training, as `report.json` has them.
struct ReportRecord: Encodable {
  struct Validation: Encodable {
    var loss: Double?
    var top1: Double?
    var top5: Double?
    var images: Int
    /// In the order of the labels.
    var classes: [ClassLine]
    /// [class][called].
    var confusion: [[Int]]
    var mistakes: [Mistake]
  }

  struct ClassLine: Encodable {
    var label: String
    var support: Int
    var precision: Double?
    var recall: Double?
    var f1: Double?
  }

  struct Mistake: Encodable {
    var input: String
    var label: String
    var called: String
    var probability: Double?
  }

  static let kind = "reszoo training report"

  var format = Self.kind
  var version = 1
  var architecture: String
  var labels: [String]
  var trainingImages: Int
  var validationImages: Int
  var parameters: Int
  var trainedParameters: Int
  var options: [String: String]
  /// Whose weights were kept; nil without validation.
  var bestEpoch: Int?
  var summary: String
  var epochs: [EpochLine]
  var validation: Validation?
  var notices: [String]

  enum CodingKeys: String, CodingKey {
    case format
    case version
    case architecture
    case labels
    case trainingImages = "training_images"
    case validationImages = "validation_images"
    case parameters
    case trainedParameters = "trained_parameters"
    case options
    case bestEpoch = "best_epoch"
    case summary
    case epochs
    case validation
    case notices
  }

  init(_ content: ReportContent) {
    let outline = content.outline
    architecture = outline.architecture
    labels = outline.labels
    trainingImages = outline.trainingImages
    validationImages = outline.validationImages
    parameters = outline.parameters
    trainedParameters = outline.trainedParameters
    options = outline.options
    bestEpoch = content.bestEpoch?.epoch
    summary = content.summary
    epochs = content.records.map(EpochLine.init)
    notices = content.notices
    validation = content.best.map { best in
      Validation(
        loss: best.figures.loss.ifFinite, top1: best.figures.top1.ifFinite,
        top5: best.figures.top5?.ifFinite, images: best.figures.images,
        classes: content.classFigures.map {
          ClassLine(
            label: $0.label, support: $0.support, precision: $0.precision, recall: $0.recall, f1: $0.f1)
        }, confusion: best.confusion,
        mistakes: content.mistakes.map {
          Mistake(
            input: $0.source.description, label: content.name($0.label), called: content.name($0.predicted),
            probability: Double($0.probability).ifFinite)
        })
    }
  }
}
