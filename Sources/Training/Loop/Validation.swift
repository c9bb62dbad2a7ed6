import Datasets
import Metrics
import ModelDescriptor

/// Runs a network on every image of a set and collects its answers.
struct Validation {
  private let set: ImageSet
  private let answer: Architecture.Answer
  /// The position of each class among the logits: its own.
  private let indices: [Int]
  private var answers: [ValidationResult.Answer] = []
  private var confusion: ConfusionMatrix
  private var metrics = ClassificationMetrics()
  private var severalMetrics: MultiLabelMetrics

  init(_ set: ImageSet, answer: Architecture.Answer) {
    self.set = set
    self.answer = answer
    indices = Array(set.labels.indices)
    confusion = ConfusionMatrix(classes: answer == .several ? 0 : set.labels.count)
    severalMetrics = MultiLabelMetrics(classes: answer == .several ? set.labels.count : 0)
    answers.reserveCapacity(answer == .several ? 0 : set.count)
  }

  /// - Parameters:
  ///   - answer: the question that the network answers.
  ///   - shouldStop: asked between batches.
  /// - Returns: nil when it was stopped.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when no image can be read.
  static func run(
    _ network: TrainingNetwork, on set: ImageSet, answer: Architecture.Answer, inputs: any InputSource,
    batch: TrainingBatch, shouldStop: () -> Bool
  ) throws(TrainingError) -> ValidationResult? {
    var validation = Validation(set, answer: answer)
    while let indices = try inputs.next(into: batch) {
      if shouldStop() { return nil }
      network.forward(batch, mode: .evaluation)
      for (position, index) in indices.enumerated() {
        network.withLogits(of: position) { validation.add(index, $0) }
      }
    }
    return answer == .several ? validation.resultOfSeveral : validation.result
  }

  private mutating func add(_ index: Int, _ logits: Span<Float>) {
    if let labelSets = set.labelSets {
      severalMetrics.add(
        Scores(logits, form: .sigmoid), indices: indices, truth: labelSets[index].positions)
      return
    }
    let label = set.labelOfSource[index]
    let evaluation =
      answer == .binary
      ? LogitEvaluation(binary: Scores(logits, form: .sigmoid), truth: label, threshold: 0.5)
      : LogitEvaluation(logits, truth: label)
    metrics.add(evaluation)
    confusion.add(label, predicted: evaluation.predicted)
    answers.append(
      ValidationResult.Answer(
        source: set.sources[index], label: label, predicted: evaluation.predicted,
        probability: Float(evaluation.probability)))
  }

  private var result: ValidationResult {
    // Of five classes or fewer every image is among the best five.
    let top5 = set.labels.count > 5 ? metrics.top5 ?? 0 : nil
    return ValidationResult(
      metrics: EpochRecord.Validation(
        loss: metrics.loss ?? 0, top1: metrics.top1 ?? 0, top5: top5, images: metrics.images),
      confusion: confusion, answers: answers)
  }

  private var resultOfSeveral: ValidationResult {
    let metrics = severalMetrics
    let classes = metrics.classResults(labels: set.labels, indices: indices)
    // A class without images has no precision to average.
    let precisions = classes.compactMap(\.averagePrecision)
    return ValidationResult(
      metrics: EpochRecord.Validation(
        loss: metrics.loss ?? 0, top1: metrics.subsetAccuracy ?? 0, images: metrics.images,
        meanAveragePrecision: precisions.isEmpty ? nil : precisions.reduce(0, +) / Double(precisions.count),
        microF1: metrics.micro?.f1, macroF1: metrics.macro?.f1),
      confusion: confusion, answers: [], classes: classes)
  }
}
