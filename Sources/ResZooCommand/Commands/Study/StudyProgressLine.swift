import ResZoo

/// Shows the trainings of a study on standard error: a line for each epoch and, on a terminal, a line for the running one with the time
/// left for all networks.
final class StudyProgressLine: TrainingObserver {
  private var place: TrainingStudy.Place?
  private var outline: TrainingOutline?
  private var rate = RecentRate()
  private var steps = 0
  private var lastStep = ContinuousClock.now
  /// The seconds between the last step of an epoch and its end.
  private var secondsBehindSteps = 0.0
  private var notices: Set<String> = []

  /// Begins with the next training.
  func begin(_ place: TrainingStudy.Place) {
    self.place = place
    outline = nil
    rate = RecentRate()
    steps = 0
  }

  func didStart(_ outline: TrainingOutline) {
    self.outline = outline
    rate = RecentRate()
  }

  func didFinish(step: StepRecord) {
    steps += 1
    lastStep = .now
    rate.note(steps, at: lastStep)
    guard let outline else { return }
    StatusLine.show {
      var parts: [StatusLine.Part] = [.init(name, rank: 1)]
      parts += [
        .init("epoch \(step.epoch)/\(outline.epochs)", rank: 0),
        .init("\(step.step - (step.epoch - 1) * outline.stepsPerEpoch)/\(outline.stepsPerEpoch)", rank: 3),
        .init("loss \(step.loss.text(decimals: 4))", rank: 4),
      ]
      if let left = timeLeft(after: step, outline) { parts.append(.init("\(left) left", rank: 2)) }
      return parts
    }
  }

  func didFinish(epoch record: EpochRecord, validation: ValidationResult?) {
    secondsBehindSteps = (ContinuousClock.now - lastStep) / .seconds(1)
    rate.skip()
    var parts = [
      name, "epoch \(record.epoch)/\(outline?.epochs ?? record.epoch)",
      "training error \(Self.percent(1 - record.accuracy))",
    ]
    if let metrics = record.validation { parts.append("test error \(Self.percent(1 - metrics.top1))") }
    parts.append("\(record.seconds.text(decimals: 1)) s")
    StatusLine.clear()
    Terminal.note(parts, separator: "  ")
  }

  func didNotice(_ message: String) {
    // All networks have the same images.
    if notices.insert(message).inserted { Terminal.warn("\(message)") }
  }

  private var name: String {
    guard let place else { return "" }
    return "net \(place.number)/\(place.count) \(place.network) seed \(place.seed)"
  }

  /// The time left: this network's steps take as long as the last ones, and the others as much longer as they compute more.
  private func timeLeft(after step: StepRecord, _ outline: TrainingOutline) -> String? {
    guard let place, let perStep = rate.seconds(for: 1) else { return nil }
    let perEpoch = Double(outline.stepsPerEpoch) * perStep + secondsBehindSteps
    let whole = perEpoch * Double(outline.epochs)
    let done = Double(step.step) * perStep + Double(step.epoch - 1) * secondsBehindSteps
    let behind = whole * Double(place.costBehind) / Double(max(1, place.cost))
    return (max(0, whole - done) + behind).durationText
  }

  private static func percent(_ share: Double) -> String { (100 * share).text(decimals: 1) + " %" }
}
