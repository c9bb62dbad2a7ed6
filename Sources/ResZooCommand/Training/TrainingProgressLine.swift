import ResZoo

/// Shows a training on standard error: a line for each epoch and, on a terminal, a line for the running epoch.
final class TrainingProgressLine: TrainingObserver {
  private let line = StatusLine()
  private var outline: TrainingOutline?
  private let start = ContinuousClock.now
  private var stepsHere = 0
  private var epoch = 0
  private var stepsOfEpoch = 0
  private var images = 0
  private var seconds = 0.0
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
  }

  func didFinish(step: StepRecord) {
    if step.epoch != epoch {
      (epoch, stepsOfEpoch, images, seconds, loss, right) = (step.epoch, 0, 0, 0, 0, 0)
    }
    stepsHere += 1
    stepsOfEpoch += 1
    images += step.images
    seconds += step.seconds
    loss += step.loss * Double(step.images)
    right += step.accuracy * Double(step.images)
    guard let outline else { return }
    line.show {
      let rate = seconds > 0 ? Double(images) / seconds : 0
      return "epoch \(step.epoch)/\(outline.epochs)  \(stepsOfEpoch)/\(outline.stepsPerEpoch)  "
        + "\(rate.text(decimals: 0)) images/s  loss \((loss / Double(images)).text(decimals: 4))  "
        + "\(accuracyName) \(percent(right / Double(images)))  lr \(step.learningRate.shortText)"
        + timeLeft(step, outline)
    }
  }

  func didFinish(epoch record: EpochRecord, validation: ValidationResult?) {
    line.clear()
    var text =
      "epoch \(record.epoch)/\(outline?.epochs ?? record.epoch)  loss \(record.loss.text(decimals: 4))  "
      + "\(accuracyName) \(percent(record.accuracy))"
    if let metrics = record.validation {
      text +=
        "  validation loss \(metrics.loss.text(decimals: 4))  \(metrics.scoreText)"
        + (record.isBest ? "  best" : "")
    }
    text += "  \(record.seconds.text(decimals: 1)) s"
    if record.unreadable > 0 { text += "  \(record.unreadable) unreadable" }
    Terminal.error(text)
  }

  func didNotice(_ message: String) {
    line.clear()
    Terminal.note("\(message)")
  }

  /// The time left if all steps take as long as those before.
  private func timeLeft(_ step: StepRecord, _ outline: TrainingOutline) -> String {
    let all = outline.epochs * outline.stepsPerEpoch
    guard step.step < all, stepsHere > 0 else { return "" }
    let elapsed = (ContinuousClock.now - start) / .seconds(1)
    return "  \((elapsed / Double(stepsHere) * Double(all - step.step)).durationText) left"
  }

  /// The name of the share of right answers: with several labels for an image, all of them are.
  private var accuracyName: String { outline?.answer == .several ? "all labels right" : "accuracy" }

  private func percent(_ share: Double) -> String { (100 * share).text(decimals: 1) + " %" }
}

extension EpochRecord.Validation {
  /// The share of right answers; of several labels at once the mean average precision and the F1 score.
  var scoreText: String {
    guard let meanAveragePrecision, let microF1 else { return "accuracy \((100 * top1).text(decimals: 1)) %" }
    return "mAP \((100 * meanAveragePrecision).text(decimals: 1)) %  F1 \((100 * microF1).text(decimals: 1)) %"
  }
}

extension Double {
  /// Seconds as people say them.
  fileprivate var durationText: String {
    guard isFinite, self < 1e9 else { return "?" }
    let seconds = Int(rounded())
    if seconds < 60 { return "\(seconds) s" }
    if seconds < 3600 { return "\(seconds / 60) min \(seconds % 60) s" }
    return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
  }

  /// The number in three digits, with an exponent where the number is small.
  var shortText: String {
    guard self > 0, isFinite else { return text(decimals: 0) }
    var (mantissa, exponent) = (self, 0)
    // 9.995 would be written as 10.
    while mantissa < 0.9995 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
    guard exponent < -3 else { return text(decimals: min(9, 2 - exponent)).withoutTrailingZeros }
    return mantissa.text(decimals: 2).withoutTrailingZeros + "e\(exponent)"
  }
}

extension String {
  fileprivate var withoutTrailingZeros: String {
    guard contains(".") else { return self }
    var text = self
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }
}
