import Messages
import ModelDescriptor
import Platform
import ResNetModel

extension Trainer {
  /// Returns the error of a step whose numbers are not finite.
  ///
  /// - Parameters:
  ///   - outcome: the result of the step; nil when the weights or the validation are not finite.
  ///   - rates: the learning rates of the step.
  func divergence(
    _ outcome: TrainingEngine.Outcome?, step: Int, epoch: Int, rates: LearningRates
  ) -> TrainingError {
    let fault =
      switch outcome {
      case let outcome? where !outcome.metrics.loss.isFinite:
        "the loss is \(outcome.metrics.loss.isNaN ? "NaN" : "infinite")"
      case .some: "the gradients are not finite"
      case nil: "the weights are not finite"
      }
    let smallerRate = job.options.rates.head.smallerRate(for: job.options.rule)
    var advice: Remark = "a smaller \(Remedy.learningRate(nil)), such as \(smallerRate)"
    if job.options.clipping == nil { advice += ", or \(Remedy.clipping(1))" }
    if job.options.warmupEpochs == 0 { advice += ", or \(Remedy.warmup(1))" }
    return TrainingError(
      .diverged,
      "\(fault) in step \(step), epoch \(epoch), at the learning rate \(rates.head); try \(advice)")
  }

  /// Returns a warning on an epoch whose loss is finite and yet far above that of random answers, unless an epoch before was like that.
  func noticeOfAbsurdLoss(_ record: EpochRecord, before: [EpochRecord]) -> String? {
    guard job.options.positiveWeight == nil else { return nil }
    let classes = job.lossName == .bce ? 2 : job.model.descriptor.architecture.classes
    let limit = 10 * max(log(Double(classes)), 1)
    guard record.loss > limit, !before.contains(where: { $0.loss > limit }) else { return nil }
    let chance = (log(Double(classes)) * 100).rounded() / 100
    return
      "the loss of epoch \(record.epoch) is \(record.loss), and random answers have \(chance): training diverges; the learning rate "
      + "\(job.options.rates.head) is too high, or \(job.options.clipping == nil ? "gradients need a limit" : "the limit of gradients is too high")"
  }

  /// Writes the weights of the best epoch before numbers became infinite, and returns an error that says so. The state is removed,
  /// as it would lead to the same step again.
  func keepingBest(_ error: TrainingError) throws(TrainingError) -> TrainingError {
    guard state.progress.epochs > 0 else {
      return TrainingError(error.code, "\(error.explanation). No epoch was finished, so nothing was written")
    }
    _ = try writeOutput()
    job.removeState()
    return TrainingError(
      error.code, "\(error.explanation). \(job.output) has the weights of epoch \(keptEpoch)")
  }
}

extension Double {
  /// A tenth of a learning rate that was too large, to two digits, and at most the usual rate.
  fileprivate func smallerRate(for rule: UpdateRule) -> Double {
    let usual = rule.name.usual.scratch
    guard self / 10 < usual else { return usual }
    let scale = pow(10, 1 - log10(self / 10).rounded(.down))
    return (self / 10 * scale).rounded() / scale
  }
}
