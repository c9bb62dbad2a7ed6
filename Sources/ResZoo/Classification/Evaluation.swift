public import Datasets
public import ImageInput
import Inference
import Messages
public import Metrics
import ModelDescriptor

/// How well a network does on a data set.
public struct Evaluation: Sendable {
  /// The images that could not be read or whose logits are not all finite, and the reasons; they count nowhere else.
  public internal(set) var errors: [(input: String, error: String)] = []
  /// The files of the set's folder that were left out.
  public let leftOut: LeftOutFiles
  /// True if the classes were matched to the model's labels; otherwise they were taken in sorted order.
  public let matchedLabels: Bool
  /// The images by class (rows, in the order of ``labels``) and predicted class (columns, all logits).
  public internal(set) var confusion: ConfusionMatrix
  /// The classes of the data set.
  public let labels: [String]
  /// The position of each of ``labels`` among the logits.
  public let indices: [Int]
  var metrics = ClassificationMetrics()

  init(labels: [String], indices: [Int], classes: Int, matchedLabels: Bool, leftOut: LeftOutFiles) {
    self.labels = labels
    self.indices = indices
    self.matchedLabels = matchedLabels
    self.leftOut = leftOut
    confusion = ConfusionMatrix(classes: labels.count, predictions: classes)
  }

  /// The number of images that were classified.
  public var images: Int { metrics.images }
  /// The number of images whose likeliest class is their own.
  public var correct: Int { metrics.correct }
  /// The number of images whose own class is among the five likeliest.
  public var correctInTop5: Int { metrics.correctInTop5 }
  /// The share of the images whose likeliest class is their own; nil without images.
  public var top1: Double? { metrics.top1 }
  /// The share of the images whose own class is among the five likeliest; nil without images.
  public var top5: Double? { metrics.top5 }
  /// The mean cross-entropy, in nats; nil without images.
  public var loss: Double? { metrics.loss }

  /// The metrics of each class, in the order of ``labels``.
  public var classMetrics: [ClassMetrics] { confusion.classMetrics(labels: labels, indices: indices) }
}

extension Classifier {
  /// Classifies the images of a set and compares with their classes, which are matched to the model's labels by name; a
  /// model without labels takes them in their order.
  ///
  /// - Parameters:
  ///   - set: a set that was opened for ``ImageSet/Purpose/evaluation``.
  ///   - progress: gets the number of images done so far, on any thread.
  /// - Throws: ``DatasetError`` with `data` when the classes do not match the model's, with `file` when a file of records
  ///   cannot be opened; ``ClassificationError``, for a network whose answer is not one of many classes too.
  public func evaluate(
    _ set: ImageSet, progress: ((_ done: Int) -> Void)? = nil
  ) throws -> Evaluation {
    let answer = descriptor.architecture.answer
    guard answer == .one else {
      throw ClassificationError.inference(
        InferenceError(
          .answer,
          "the network's answer is of the form '\(answer.rawValue)'; evaluation is of answers of one class of many"
        ))
    }
    let indices = try positions(of: set)
    var evaluation = Evaluation(
      labels: set.labels, indices: indices, classes: descriptor.architecture.classes,
      matchedLabels: descriptor.labels != nil, leftOut: set.leftOut)
    let labelOfSource = set.labelOfSource
    try pipeline.run(set.sources) { ran in
      ran.answer { LogitEvaluation($0, truth: indices[labelOfSource[ran.image]]) }
    } emit: { image, outcome in
      switch outcome.value.flatMap(\.self) {
      case .failure(let error):
        evaluation.errors.append((set.sources[image].description, error.message))
      case .success(let answer):
        evaluation.metrics.add(answer)
        evaluation.confusion.add(labelOfSource[image], predicted: answer.predicted)
      }
      progress?(image + 1)
    }
    return evaluation
  }

  /// The position of each of a set's classes among the logits.
  private func positions(of set: ImageSet) throws(DatasetError) -> [Int] {
    if let labels = descriptor.labels { return try set.positions(among: labels, of: "the model") }
    let count = descriptor.architecture.classes
    guard set.labels.count == count else {
      throw DatasetError(
        .data,
        """
        \(set.path ?? "the data set"): has \(set.labels.count) classes, and the model \(count) without names. Name them \
        with \(Remedy.labelEditing)
        """)
    }
    return Array(0..<count)
  }
}
