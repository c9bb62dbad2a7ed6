import Training

/// The member that every line of a log has.
struct LinePlace: Decodable {
  var epoch: Int
}

/// A line of a log, of a step or of an epoch, by which logs are told from other programs' lines of JSON: it has what every such line has,
/// and nothing else than a line may have.
struct LogLine: Decodable {
  var epoch: Int
  var images: Int

  /// The name of any member.
  private struct Name: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  enum CodingKeys: String, CodingKey {
    case step, steps, epoch, images
    case isBest = "is_best"
  }

  init(from decoder: any Decoder) throws {
    let names = try decoder.container(keyedBy: Name.self).allKeys
    let members = try decoder.container(keyedBy: CodingKeys.self)
    let known =
      members.contains(.step)
      ? StepLine.CodingKeys.allCases.map(\.rawValue) : EpochLine.CodingKeys.allCases.map(\.rawValue)
    if let foreign = names.first(where: { !known.contains($0.stringValue) }) {
      throw DecodingError.dataCorrupted(
        DecodingError.Context(codingPath: [foreign], debugDescription: "no member of a log's line"))
    }
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

  enum CodingKeys: String, CodingKey, CaseIterable {
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

extension StepLine {
  /// True for the beginning of a line that was not written to its end: pairs of a step's member and a number.
  static func isTorn(_ bytes: [UInt8]) -> Bool {
    guard bytes.starts(with: "{\"accuracy\":".utf8) else { return false }
    let names = CodingKeys.allCases.map { "\"\($0.rawValue)\":" }
    let parts = String(decoding: bytes.dropFirst(), as: UTF8.self)
      .split(separator: ",", omittingEmptySubsequences: false)
    return parts.enumerated().allSatisfy { index, part in
      guard let name = names.first(where: part.hasPrefix) else {
        return index == parts.count - 1 && names.contains { $0.hasPrefix(part) }
      }
      let number = part.dropFirst(name.count)
      return index < parts.count - 1
        ? Double(number) != nil : number.allSatisfy { $0.isASCII && ($0.isNumber || "+-.eE".contains($0)) }
    }
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

  enum CodingKeys: String, CodingKey, CaseIterable {
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
