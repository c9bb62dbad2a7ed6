import Datasets
import Metrics

/// Runs a network on every image of a set and collects its answers.
struct Validation {
  private let set: ImageSet
  private var answers: [ValidationResult.Answer] = []
  private var confusion: ConfusionMatrix
  private var metrics = ClassificationMetrics()

  init(_ set: ImageSet) {
    self.set = set
    confusion = ConfusionMatrix(classes: set.labels.count)
    answers.reserveCapacity(set.count)
  }

  /// - Parameter shouldStop: asked between batches.
  /// - Returns: nil when it was stopped.
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` when no image can be read.
  static func run(
    _ network: TrainingNetwork, on set: ImageSet, inputs: any InputSource, batch: TrainingBatch,
    shouldStop: () -> Bool
  ) throws(TrainingError) -> ValidationResult? {
    var validation = Validation(set)
    while let indices = try inputs.next(into: batch) {
      if shouldStop() { return nil }
      network.forward(batch, mode: .evaluation)
      for (position, index) in indices.enumerated() {
        network.withLogits(of: position) { validation.add(index, $0) }
      }
    }
    return validation.result
  }

  private mutating func add(_ index: Int, _ logits: Span<Float>) {
    let label = set.labelOfSource[index]
    let evaluation = LogitEvaluation(logits, truth: label)
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
}
