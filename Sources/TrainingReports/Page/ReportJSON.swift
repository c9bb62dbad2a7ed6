import Datasets
import Metrics
import Training

/// The content of `report.json`: all metrics of a training.
struct ReportJSON: Encodable {
  struct Validation: Encodable {
    var loss: Double?
    var top1: Double?
    var top5: Double?
    var images: Int
    /// The classes in the order of the labels.
    var classes: [ClassLine]
    /// Images by [class][predicted class]; none for too many classes.
    var confusion: [[Int]]?
    /// In place of `confusion` for many classes, the class, the predicted one and the number of images for each number above 0.
    var confusionCells: [[Int]]?
    var mistakes: [Mistake]

    enum CodingKeys: String, CodingKey {
      case loss, top1, top5, images, classes, confusion, mistakes
      case confusionCells = "confusion_cells"
    }
  }

  struct ClassLine: Encodable {
    var label: String
    var support: Int
    /// Where images have any number of classes.
    var averagePrecision: Double?
    var precision: Double?
    var recall: Double?
    var f1: Double?

    enum CodingKeys: String, CodingKey {
      case label
      case support
      case averagePrecision = "average_precision"
      case precision
      case recall
      case f1
    }
  }

  struct Mistake: Encodable {
    var input: String
    var label: String
    var called: String
    var probability: Double?
  }

  /// The loss and the gain of frozen layers that multiply other numbers than those of single precision.
  struct Frozen: Encodable {
    var precision: String
    var images: Int
    /// The root mean square of the features' differences from single precision, relative to that of the features.
    var difference: Double?
    var secondsPerImage: Double?
    var f32SecondsPerImage: Double?

    enum CodingKeys: String, CodingKey {
      case precision
      case images
      case difference
      case secondsPerImage = "seconds_per_image"
      case f32SecondsPerImage = "f32_seconds_per_image"
    }

    init(_ cost: FrozenCost) {
      precision = cost.precision.rawValue
      images = cost.images
      difference = cost.difference.ifFinite
      secondsPerImage = cost.secondsPerImage.ifFinite
      f32SecondsPerImage = cost.referenceSecondsPerImage.ifFinite
    }
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
  var frozen: Frozen?
  var options: [String: String]
  /// The paths that the training was begun with.
  var operands: [String: String]?
  /// The epoch whose weights were kept; nil without validation.
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
    case frozen
    case options
    case operands
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
    frozen = outline.frozenCost.map(Frozen.init)
    options = outline.options
    operands = outline.operands.isEmpty ? nil : outline.operands
    bestEpoch = content.bestEpoch?.epoch
    summary = content.summary
    epochs = content.records.map(EpochLine.init)
    notices = content.notices
    validation = content.best.map { best in
      Validation(
        loss: best.metrics.loss.ifFinite, top1: best.metrics.top1.ifFinite,
        top5: best.metrics.top5?.ifFinite, images: best.metrics.images,
        classes: content.classMetrics.map {
          ClassLine(
            label: $0.label, support: $0.support, precision: $0.precision, recall: $0.recall, f1: $0.f1)
        }
          + best.classes.map {
            ClassLine(
              label: $0.label, support: $0.support, averagePrecision: $0.averagePrecision,
              precision: $0.precision, recall: $0.recall, f1: $0.f1)
          }, confusion: best.confusion.writtenRows,
        confusionCells: best.confusion.writtenRows == nil ? best.confusion.writtenCells : nil,
        mistakes: content.mistakes.map {
          Mistake(
            input: $0.source.description, label: content.name($0.label), called: content.name($0.predicted),
            probability: Double($0.probability).ifFinite)
        })
    }
  }
}
