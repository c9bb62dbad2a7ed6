import Platform

/// Asks a network about every image of a set.
struct Validation {
  private let set: ImageSet
  private var answers: [ValidationResult.Answer] = []
  private var confusion: [[Int]]
  private var loss = 0.0
  private var inTop5 = 0

  init(_ set: ImageSet) {
    self.set = set
    let classes = set.labels.count
    confusion = Array(repeating: Array(repeating: 0, count: classes), count: classes)
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
    var best = 0
    for other in logits.indices where logits[other] > logits[best] { best = other }
    var sum = 0.0
    for other in logits.indices { sum += exp(Double(logits[other]) - Double(logits[best])) }
    loss += log(sum) + Double(logits[best]) - Double(logits[label])
    // Of equal logits the first ones win, as in an evaluation.
    var ahead = 0
    for other in logits.indices {
      let isAhead = logits[other] > logits[label] || (logits[other] == logits[label] && other < label)
      if isAhead { ahead += 1 }
    }
    if ahead < 5 { inTop5 += 1 }
    confusion[label][best] += 1
    answers.append(
      ValidationResult.Answer(
        source: set.sources[index], label: label, predicted: best, probability: Float(1 / sum)))
  }

  private var result: ValidationResult {
    let count = Double(max(answers.count, 1))
    let correct = answers.count { $0.label == $0.predicted }
    let figures = EpochRecord.Validation(
      loss: loss / count, top1: Double(correct) / count,
      top5: set.labels.count > 5 ? Double(inTop5) / count : nil, images: answers.count)
    return ValidationResult(figures: figures, confusion: confusion, answers: answers)
  }
}
