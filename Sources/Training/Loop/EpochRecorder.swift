/// Collects the metrics of the steps of one epoch.
struct EpochRecorder {
  let epoch: Int
  var unreadable = 0
  private var images = 0
  private var loss = 0.0
  private var correct = 0
  private var rate = 0.0
  private let start = ContinuousClock.now
  private var last = ContinuousClock.now

  init(epoch: Int) { self.epoch = epoch }

  /// Adds a step and returns its record.
  mutating func record(
    _ outcome: TrainingEngine.Outcome, step: Int, rates: LearningRates, images count: Int
  ) -> StepRecord {
    let metrics = outcome.metrics
    images += count
    loss += metrics.loss * Double(count)
    correct += metrics.correct
    rate = rates.head
    let now = ContinuousClock.now
    defer { last = now }
    return StepRecord(
      step: step, epoch: epoch, loss: metrics.loss, accuracy: Double(metrics.correct) / Double(max(count, 1)),
      learningRate: rates.head, backboneLearningRate: rates.backbone, gradientNorm: outcome.gradientNorm,
      images: count, seconds: (now - last) / .seconds(1))
  }

  /// Returns the record of the whole epoch.
  func record(steps: Int, validation: EpochRecord.Validation?, isBest: Bool) -> EpochRecord {
    let count = Double(max(images, 1))
    return EpochRecord(
      epoch: epoch, steps: steps, loss: loss / count, accuracy: Double(correct) / count, learningRate: rate,
      validation: validation, isBest: isBest, images: images, unreadable: unreadable,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }
}
