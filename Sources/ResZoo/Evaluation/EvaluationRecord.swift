import ImageInput
import Metrics
import ModelDescriptor

/// The figures of an evaluation, as JSON has them.
package struct EvaluationRecord: Encodable {
  struct ClassRecord: Encodable {
    var label: String
    var index: Int
    var support: Int
    var predicted: Int?
    var precision: Double?
    var recall: Double?
    var f1: Double?
    var averagePrecision: Double?
    var rocArea: Double?

    enum CodingKeys: String, CodingKey {
      case label, index, support, predicted, precision, recall, f1
      case averagePrecision = "average_precision"
      case rocArea = "roc_auc"
    }
  }

  struct ErrorRecord: Encodable {
    var input: String
    var error: String
  }

  var answer: String
  var images: Int
  var correct: Int
  var top1: Double?
  var top5: Double?
  /// The share of images whose own class is among the likeliest, by how many of them.
  var top: [String: Double]?
  var loss: Double?
  var macro: Averages?
  var micro: Averages?
  var weighted: Averages?
  var balancedAccuracy: Double?
  var kappa: Double?
  var matthewsCorrelation: Double?
  var rocArea: Double?
  var averagePrecision: Double?
  var subsetAccuracy: Double?
  var hammingLoss: Double?
  var samplesF1: Double?
  var threshold: Double?
  var errors: [ErrorRecord]
  var skipped: Int
  var exif: String
  /// The views of each image whose probabilities were averaged.
  var views: String?
  /// True if the weights are random.
  var untrained: Bool
  /// The source of the order of the classes: the model's `labels`, or the sorted classes of the data set, `folders`.
  var classesFrom: String
  var classes: [ClassRecord]
  /// Rows as in `classes`, columns as in the logits; none where images have any number of classes, or for too many classes.
  var confusion: [[Int]]?
  /// In place of `confusion` for many classes, the row, the column and the number of images for each number above 0.
  var confusionCells: [[Int]]?

  enum CodingKeys: String, CodingKey {
    case answer, images, correct, top1, top5, loss, macro, micro, weighted, kappa, threshold, errors, skipped,
      exif
    case untrained, classes, confusion
    case confusionCells = "confusion_cells"
    case top = "top_k"
    case views = "tta"
    case balancedAccuracy = "balanced_accuracy"
    case matthewsCorrelation = "matthews"
    case rocArea = "roc_auc"
    case averagePrecision = "average_precision"
    case subsetAccuracy = "subset_accuracy"
    case hammingLoss = "hamming_loss"
    case samplesF1 = "samples_f1"
    case classesFrom = "classes_from"
  }

  /// - Parameter topCounts: the numbers of likeliest classes whose accuracy is listed, for images of one class of many.
  package init(_ evaluation: Evaluation, by classifier: Classifier, topCounts: [Int]) {
    answer = evaluation.answer.rawValue
    images = evaluation.images
    correct = evaluation.correct
    loss = evaluation.loss
    macro = evaluation.macro
    rocArea = evaluation.rocArea
    averagePrecision = evaluation.averagePrecision
    errors = evaluation.errors.map { ErrorRecord(input: $0.input, error: $0.error) }
    skipped = evaluation.leftOut.count
    exif = classifier.preprocessing.exif.rawValue
    views = classifier.augmentation?.rawValue
    untrained = classifier.descriptor.hasRandomAnswers
    classesFrom = evaluation.matchedLabels ? "labels" : "folders"
    if evaluation.answer != .one { threshold = evaluation.threshold }
    if let multiLabel = evaluation.multiLabel {
      micro = multiLabel.micro
      subsetAccuracy = multiLabel.subsetAccuracy
      hammingLoss = multiLabel.hammingLoss
      samplesF1 = multiLabel.samplesF1
      classes = evaluation.multiLabelClassMetrics.map {
        ClassRecord(
          label: $0.label, index: $0.index, support: $0.support, predicted: $0.predicted,
          precision: $0.precision,
          recall: $0.recall, f1: $0.f1, averagePrecision: $0.averagePrecision, rocArea: $0.rocArea)
      }
    } else {
      top1 = evaluation.top1
      if evaluation.answer == .one {
        top5 = evaluation.top5
        top = Dictionary(topCounts.compactMap { count in evaluation.top(count).map { ("\(count)", $0) } }) {
          $1
        }
      }
      weighted = evaluation.weighted
      balancedAccuracy = evaluation.balancedAccuracy
      kappa = evaluation.kappa
      matthewsCorrelation = evaluation.matthewsCorrelation
      classes = evaluation.classMetrics.map {
        ClassRecord(
          label: $0.label, index: $0.index, support: $0.support, precision: $0.precision, recall: $0.recall,
          f1: $0.f1)
      }
      confusion = evaluation.confusion.writtenRows
      confusionCells = confusion == nil ? evaluation.confusion.writtenCells : nil
    }
  }
}
