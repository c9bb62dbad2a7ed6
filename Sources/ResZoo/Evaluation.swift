import Messages
public import Training

/// How well a network does on a data set.
public struct Evaluation: Sendable {
  /// Images that were classified.
  public internal(set) var images = 0
  /// Images whose likeliest class is theirs.
  public internal(set) var correct = 0
  /// Images whose class is among the five likeliest.
  public internal(set) var correctInTop5 = 0
  /// Images that could not be read, and why; they count nowhere else.
  public internal(set) var errors: [(input: String, error: String)] = []
  /// Files that are no images by their names.
  public internal(set) var skipped = 0
  /// Whether the classes were matched to the model's labels; else they were taken in sorted order.
  public let matchedLabels: Bool
  /// Images of each class (rows, in the order of ``labels``) by what they were called (columns, all logits).
  public internal(set) var confusion: [[Int]]
  /// The data set's classes.
  public let labels: [String]
  /// The position of each of ``labels`` among the logits.
  public let indices: [Int]
  var lossSum = 0.0

  init(labels: [String], indices: [Int], classes: Int, matchedLabels: Bool, skipped: Int) {
    self.labels = labels
    self.indices = indices
    self.matchedLabels = matchedLabels
    self.skipped = skipped
    confusion = Array(repeating: Array(repeating: 0, count: classes), count: labels.count)
  }

  /// Share of the images whose likeliest class is theirs; nil without images.
  public var top1: Double? { images > 0 ? Double(correct) / Double(images) : nil }
  /// Share of the images whose class is among the five likeliest; nil without images.
  public var top5: Double? { images > 0 ? Double(correctInTop5) / Double(images) : nil }
  /// Mean cross-entropy, in nats; nil without images.
  public var loss: Double? { images > 0 ? lossSum / Double(images) : nil }

  /// The figures of each class, in the order of ``labels``.
  public var classFigures: [ClassFigures] {
    ClassFigures.all(labels: labels, indices: indices, confusion: confusion)
  }
}

extension Classifier {
  /// Classifies the images of a set and compares with their classes, which are matched to the model's labels by name; a
  /// model without labels takes them in their order.
  ///
  /// - Parameters:
  ///   - set: opened for ``ImageSet/Purpose/judging``.
  ///   - progress: gets the number of images done so far, on any thread.
  /// - Throws: ``TrainingError`` with `data` when the classes do not match the model's, with `file` when a file of records
  ///   cannot be opened; ``ClassificationError``.
  public func evaluate(
    _ set: ImageSet, progress: ((_ done: Int) -> Void)? = nil
  ) throws -> Evaluation {
    let indices = try positions(of: set)
    var evaluation = Evaluation(
      labels: set.labels, indices: indices, classes: descriptor.architecture.classes,
      matchedLabels: descriptor.labels != nil, skipped: set.skipped)
    let labelOfSource = set.labelOfSource
    try pipeline.run(set.sources) { image, logits in
      Judgement(logits: logits, truth: indices[labelOfSource[image]])
    } emit: { image, outcome in
      switch outcome.value {
      case .failure(let error):
        evaluation.errors.append((set.sources[image].description, error.message))
      case .success(let judgement):
        evaluation.images += 1
        evaluation.correct += judgement.rank == 0 ? 1 : 0
        evaluation.correctInTop5 += judgement.rank < 5 ? 1 : 0
        evaluation.lossSum += judgement.loss
        evaluation.confusion[labelOfSource[image]][judgement.called] += 1
      }
      progress?(image + 1)
    }
    return evaluation
  }

  /// The position of each of a set's classes among the logits.
  private func positions(of set: ImageSet) throws(TrainingError) -> [Int] {
    if let labels = descriptor.labels { return try set.positions(among: labels, of: "the model") }
    let count = descriptor.architecture.classes
    guard set.labels.count == count else {
      throw TrainingError(
        .data,
        """
        \(set.path ?? "the data set"): has \(set.labels.count) classes, and the model \(count) without names. Name them \
        with \(Remedy.labelEditing)
        """)
    }
    return Array(0..<count)
  }
}

/// One image's answer beside the truth.
private struct Judgement: Sendable {
  /// The likeliest class.
  let called: Int
  /// How many classes are likelier than the true one.
  let rank: Int
  let loss: Double

  init(logits: Span<Float>, truth: Int) {
    called = logits.indicesOfLargest(1).first ?? 0
    loss = logits.logSumExp - Double(logits[truth])
    rank = logits.indices.reduce(0) { rank, index in
      let isLikelier = logits[index] > logits[truth] || (logits[index] == logits[truth] && index < truth)
      return rank + (isLikelier ? 1 : 0)
    }
  }
}
