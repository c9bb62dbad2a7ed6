public import Datasets
public import ImageInput
public import Metrics
public import ModelDescriptor

/// How well a network does on a data set.
public struct Evaluation: Sendable {
  /// The form of the network's answers. An answer of yes or no is taken for one of two classes, no and yes.
  public let answer: Architecture.Answer
  /// The images that could not be read or whose logits are not all finite, and the reasons; they count nowhere else.
  public internal(set) var errors: [(input: String, error: String)] = []
  /// The files of the set's folder that were left out.
  public let leftOut: LeftOutFiles
  /// True if the classes were matched to the model's labels; otherwise they were taken in sorted order.
  public let matchedLabels: Bool
  /// The images by class (rows, in the order of ``labels``) and predicted class (columns, all logits). Empty where images have any number
  /// of classes.
  public internal(set) var confusion: ConfusionMatrix
  /// The metrics of images that have any number of classes; nil where they have one.
  public internal(set) var multiLabel: MultiLabelMetrics?
  /// The wrong answers of the highest probability, the highest first; equal ones in the order of the set.
  public internal(set) var mistakes: [Mistake] = []
  /// The classes of the data set.
  public let labels: [String]
  /// The position of each of ``labels`` among the logits; 0 for no and 1 for yes.
  public let indices: [Int]
  /// The names of all classes that the network can predict.
  public let predictedLabels: [String]
  /// The probability from which a class of several, or yes, counts as predicted.
  public let threshold: Double
  var metrics = ClassificationMetrics()
  var scores: ScoreTable
  var truths: [Int] = []

  /// A wrong answer.
  public struct Mistake: Hashable, Sendable {
    /// The image.
    public let source: ImageSource
    /// The name of the image's class; the names of several with commas between them.
    public let label: String
    /// The name of the predicted class, or `not` and the name of one that was missed.
    public let called: String
    /// The probability of that answer.
    public let probability: Double
    /// The answer, to explain it.
    let answer: ExplainedAnswer
  }

  /// The most mistakes that are kept.
  static let mistakeLimit = 24

  init(_ classes: EvaluatedClasses, set: ImageSet, threshold: Double) {
    answer = classes.answer
    labels = classes.labels
    indices = classes.indices
    predictedLabels = classes.predictedLabels
    matchedLabels = classes.matchedLabels
    leftOut = set.leftOut
    self.threshold = threshold
    let isMultiLabel = answer == .several
    confusion = ConfusionMatrix(
      classes: isMultiLabel ? 0 : labels.count, predictions: isMultiLabel ? 0 : predictedLabels.count)
    multiLabel = isMultiLabel ? MultiLabelMetrics(classes: labels.count, threshold: threshold) : nil
    scores = ScoreTable(classes: isMultiLabel ? 0 : predictedLabels.count)
  }

  /// False if there were too many images and classes to keep every score, so that ``rocArea`` and ``averagePrecision`` are nil.
  public var keepsScores: Bool {
    ScoreTable.holds(images: images, classes: multiLabel == nil ? predictedLabels.count : labels.count)
  }

  /// The number of images that were classified.
  public var images: Int { multiLabel?.images ?? metrics.images }
  /// The number of images whose likeliest class is their own, or of which all classes and no others are predicted.
  public var correct: Int { multiLabel?.correct ?? metrics.correct }
  /// The number of images whose own class is among the five likeliest.
  public var correctInTop5: Int { metrics.correctInTop5 }
  /// The share of the images whose likeliest class is their own; nil without images.
  public var top1: Double? { metrics.top1 }
  /// The share of the images whose own class is among the five likeliest; nil without images.
  public var top5: Double? { metrics.top5 }
  /// The share of the images whose own class is among the `count` likeliest; nil without images.
  public func top(_ count: Int) -> Double? { metrics.top(count) }
  /// The mean cross-entropy, in nats; nil without images.
  public var loss: Double? { multiLabel.map(\.loss) ?? metrics.loss }

  /// The metrics of each class, in the order of ``labels``. Empty where images have any number of classes.
  public var classMetrics: [ClassMetrics] {
    multiLabel == nil ? confusion.classMetrics(labels: labels, indices: indices) : []
  }

  /// The metrics of each class, in the order of ``labels``, where images have any number of classes; else empty.
  public var multiLabelClassMetrics: [MultiLabelMetrics.ClassResult] {
    multiLabel?.classResults(labels: labels, indices: indices) ?? []
  }

  /// Precision, recall and F1 as the mean over all classes with images or predictions; nil without images.
  public var macro: Averages? { multiLabel.map(\.macro) ?? confusion.macroAverages(indices: indices) }
  /// Precision, recall and F1 as the mean over all images; nil without images, or where these may have any number of classes.
  public var weighted: Averages? { confusion.weightedAverages(indices: indices) }
  /// The mean recall of the classes that have images; nil as ``weighted``.
  public var balancedAccuracy: Double? { confusion.balancedAccuracy(indices: indices) }
  /// Cohen's kappa; nil as ``weighted``, and where chance alone would agree always.
  public var kappa: Double? { confusion.kappa(indices: indices) }
  /// Matthews' correlation coefficient; nil as ``weighted``.
  public var matthewsCorrelation: Double? { confusion.matthewsCorrelation(indices: indices) }

  /// The area under the receiver operating characteristic: of yes, or the mean over each class against the rest; nil where no class has
  /// images of its own and others, or there were too many scores to keep.
  ///
  /// - Complexity: O(classes · n log n) for n images.
  public var rocArea: Double? {
    if multiLabel != nil { return Self.mean(multiLabelClassMetrics.compactMap(\.rocArea)) }
    let classes = answer == .binary ? [1] : Array(predictedLabels.indices)
    return Self.mean(classes.compactMap { ranked($0)?.rocArea })
  }

  /// The average precision of yes, or the mean over the classes of images that may have any number of them; nil for one of many.
  ///
  /// - Complexity: O(classes · n log n) for n images.
  public var averagePrecision: Double? {
    switch answer {
    case .one: nil
    case .binary: ranked(1)?.averagePrecision
    case .several: Self.mean(multiLabelClassMetrics.compactMap(\.averagePrecision))
    }
  }

  private func ranked(_ index: Int) -> RankedScores? {
    scores.column(index).map { column in RankedScores(column) { truths[$0] == index } }
  }

  private static func mean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
  }

  /// Keeps a mistake if it is among the most confident ones.
  mutating func keep(_ mistake: Mistake) {
    let place = mistakes.firstIndex { $0.probability < mistake.probability } ?? mistakes.count
    guard place < Self.mistakeLimit else { return }
    mistakes.insert(mistake, at: place)
    if mistakes.count > Self.mistakeLimit { mistakes.removeLast() }
  }
}
