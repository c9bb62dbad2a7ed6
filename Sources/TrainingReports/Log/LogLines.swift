import Training

/// The member that every line of a log has.
struct LinePlace: Decodable {
  var epoch: Int
}

/// The members that every line of a log has, of a step or of an epoch, by which logs are told from other programs' lines of JSON.
struct LogLine: Decodable {
  var epoch: Int
  var images: Int

  enum CodingKeys: String, CodingKey {
    case step, steps, epoch, images
    case isBest = "is_best"
  }

  init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    epoch = try members.decode(Int.self, forKey: .epoch)
    images = try members.decode(Int.self, forKey: .images)
    if !members.contains(.step) {
      _ = try members.decode(Int.self, forKey: .steps)
      _ = try members.decode(Bool.self, forKey: .isBest)
    }
  }
}

/// A step as a line of a log. Numbers that are not finite are left out, as JSON has none.
struct StepLine: Encodable {
  var step: Int
  var epoch: Int
  var loss: Double?
  var accuracy: Double?
  var learningRate: Double?
  var backboneLearningRate: Double?
  var gradientNorm: Double?
  var images: Int
  var seconds: Double?

  enum CodingKeys: String, CodingKey {
    case step
    case epoch
    case loss
    case accuracy
    case learningRate = "learning_rate"
    case backboneLearningRate = "backbone_learning_rate"
    case gradientNorm = "gradient_norm"
    case images
    case seconds
  }

  init(_ record: StepRecord) {
    step = record.step
    epoch = record.epoch
    loss = record.loss.ifFinite
    accuracy = record.accuracy.ifFinite
    learningRate = record.learningRate.ifFinite
    backboneLearningRate = record.backboneLearningRate.ifFinite
    gradientNorm = record.gradientNorm?.ifFinite
    images = record.images
    seconds = record.seconds.ifFinite
  }
}

/// An epoch as a line of a log and as a member of a report.
struct EpochLine: Encodable {
  var epoch: Int
  var steps: Int
  var loss: Double?
  var accuracy: Double?
  var learningRate: Double?
  var validationLoss: Double?
  var validationTop1: Double?
  var validationTop5: Double?
  var validationMap: Double?
  var validationF1Micro: Double?
  var validationF1Macro: Double?
  var validationImages: Int?
  var isBest: Bool
  var images: Int
  var unreadable: Int
  var seconds: Double?

  enum CodingKeys: String, CodingKey {
    case epoch
    case steps
    case loss
    case accuracy
    case learningRate = "learning_rate"
    case validationLoss = "validation_loss"
    case validationTop1 = "validation_top1"
    case validationTop5 = "validation_top5"
    case validationMap = "validation_map"
    case validationF1Micro = "validation_f1_micro"
    case validationF1Macro = "validation_f1_macro"
    case validationImages = "validation_images"
    case isBest = "is_best"
    case images
    case unreadable
    case seconds
  }

  init(_ record: EpochRecord) {
    epoch = record.epoch
    steps = record.steps
    loss = record.loss.ifFinite
    accuracy = record.accuracy.ifFinite
    learningRate = record.learningRate.ifFinite
    validationLoss = record.validation?.loss.ifFinite
    validationTop1 = record.validation?.top1.ifFinite
    validationTop5 = record.validation?.top5?.ifFinite
    validationMap = record.validation?.meanAveragePrecision?.ifFinite
    validationF1Micro = record.validation?.microF1?.ifFinite
    validationF1Macro = record.validation?.macroF1?.ifFinite
    validationImages = record.validation?.images
    isBest = record.isBest
    images = record.images
    unreadable = record.unreadable
    seconds = record.seconds.ifFinite
  }
}

extension Double {
  /// The number, or nil for an infinity or NaN.
  var ifFinite: Double? { isFinite ? self : nil }
}
