import ResZoo

/// Shows a training on standard error: a line for each epoch and, on a terminal, a line for the running epoch.
final class TrainingProgressLine: TrainingObserver {
  private var outline: TrainingOutline?
  private var stepRate = RecentRate()
  private var imageRate = RecentRate()
  private var stepsHere = 0
  private var imagesHere = 0
  private var lastStep = ContinuousClock.now
  /// The seconds between the last step of an epoch and its end: validation, and saving what was before.
  private var secondsBehindSteps = 0.0
  private var epoch = 0
  private var stepsOfEpoch = 0
  private var images = 0
  private var loss = 0.0
  private var right = 0.0

  func didStart(_ outline: TrainingOutline) {
    self.outline = outline
    let parameters =
      outline.trainedParameters == outline.parameters
      ? "all \(outline.parameters.grouped)"
      : "\(outline.trainedParameters.grouped) of \(outline.parameters.grouped)"
    let validation =
      outline.validationImages > 0 ? ", \(outline.validationImages.counted("validation image"))" : ""
    Terminal.note(
      """
      \(outline.architecture): \(parameters) parameters trainable; \(outline.trainingImages.counted("training image")) of \
      \(outline.labels.count.counted("class", "classes"))\(validation)
      """)
    if let cost = outline.frozenCost { Terminal.note(Self.remark(on: cost)) }
  }

  private static func remark(on cost: FrozenCost) -> Remark {
    let difference = cost.difference < 5e-5 ? "less than 0.01" : (100 * cost.difference).text(decimals: 2)
    func milliseconds(_ seconds: Double) -> String { (1000 * seconds).shortText }
    return """
      frozen layers in \(cost.precision.rawValue): features differ by \(difference) % (root mean square) from those of single precision; \
      \(milliseconds(cost.secondsPerImage)) ms an image instead of \(milliseconds(cost.referenceSecondsPerImage)), on \
      \(cost.images.counted("training image"))
      """
  }

  func didFinish(step: StepRecord) {
    if step.epoch != epoch {
      (epoch, stepsOfEpoch, images, loss, right) = (step.epoch, 0, 0, 0, 0)
    }
    stepsHere += 1
    imagesHere += step.images
    lastStep = .now
    stepRate.note(stepsHere, at: lastStep)
    imageRate.note(imagesHere, at: lastStep)
    stepsOfEpoch += 1
    images += step.images
    loss += step.loss * Double(step.images)
    right += step.accuracy * Double(step.images)
    guard let outline else { return }
    StatusLine.show {
      var parts: [StatusLine.Part] = [
        .init("epoch \(step.epoch)/\(outline.epochs)", rank: 0),
        .init("\(stepsOfEpoch)/\(outline.stepsPerEpoch)", rank: 1),
      ]
      if let rate = imageRate.perSecond {
        parts.append(.init("\(rate.text(decimals: 0)) images/s", rank: 5))
      }
      parts += [
        .init("loss \((loss / Double(images)).text(decimals: 4))", rank: 3),
        .init("\(accuracyName) \(percent(right / Double(images)))", rank: 4),
        .init("lr \(step.learningRate.shortText)", rank: 6),
      ]
      if let left = timeLeft(step, outline) { parts.append(.init("\(left) left", rank: 2)) }
      return parts
    }
  }

  func didFinish(epoch record: EpochRecord, validation: ValidationResult?) {
    secondsBehindSteps = (ContinuousClock.now - lastStep) / .seconds(1)
    stepRate.skip()
    imageRate.skip()
    var parts = [
      "epoch \(record.epoch)/\(outline?.epochs ?? record.epoch)", "loss \(record.loss.text(decimals: 4))",
      "\(accuracyName) \(percent(record.accuracy))",
    ]
    if let metrics = record.validation {
      parts += ["validation loss \(metrics.loss.text(decimals: 4))", metrics.scoreText]
      if record.isBest, outline?.options["best-by"] != "last" { parts.append("best") }
    }
    parts.append("\(record.seconds.text(decimals: 1)) s")
    if record.unreadable > 0 { parts.append("\(record.unreadable) unreadable") }
    StatusLine.clear()
    Terminal.note(parts, separator: "  ")
  }

  func didNotice(_ message: String) {
    Terminal.warn("\(message)")
  }

  func didEnd(_ records: [EpochRecord], best: ValidationResult?) {
    StatusLine.clear()
  }

  /// The time left if all steps take as long as the last ones, and all epochs end as the last one did.
  private func timeLeft(_ step: StepRecord, _ outline: TrainingOutline) -> String? {
    let all = outline.epochs * outline.stepsPerEpoch
    guard step.step < all, let steps = stepRate.seconds(for: all - step.step) else { return nil }
    return (steps + Double(outline.epochs - step.epoch + 1) * secondsBehindSteps).durationText
  }

  /// The name of the share of right answers: with several labels for an image, all of them are.
  private var accuracyName: String { outline?.answer == .several ? "all labels right" : "accuracy" }

  private func percent(_ share: Double) -> String { (100 * share).text(decimals: 1) + " %" }
}

extension EpochRecord.Validation {
  /// The share of right answers; of several labels at once the mean average precision and the F1 score.
  var scoreText: String {
    guard let meanAveragePrecision, let microF1 else { return "accuracy \((100 * top1).text(decimals: 1)) %" }
    return
      "mAP \((100 * meanAveragePrecision).text(decimals: 1)) %  F1 \((100 * microF1).text(decimals: 1)) %"
  }
}
