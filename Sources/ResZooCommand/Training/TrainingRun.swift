import ArgumentParser
import Files
import ResZoo

/// A training of `train` or `finetune`, from its checked options to its report.
struct TrainingRun {
  let job: TrainingJob
  let records: OutputArguments
  let cache: CacheArguments
  let config: ConfigArguments
  /// The files that the command reads, and must not replace.
  let inputs: [String]

  func run() throws(Failure) {
    let isBegun = FileIdentity(path: job.statePath) != nil
    let isComplete = records.resume && job.isComplete
    if isComplete, !isBegun {
      return Terminal.note("\(job.output): complete; a training with these settings made it")
    }
    if !isBegun || job.holdsState { ProtectedFiles.allow(job.statePath) }
    // The trainer compares the settings with the state's; without one there is nothing to resume, as it says.
    if records.resume, !isBegun || job.isOutputOwn { ProtectedFiles.allow(job.output) }
    try Operand.keep(inputs + images, from: job.output)
    for (option, path) in records.recordPaths + [
      ("--cache", cache.cache), ("--save-config", config.saveConfig),
    ] {
      guard let path, [job.output, job.statePath].contains(where: { Place($0) == Place(path) }) else {
        continue
      }
      throw Failure(
        .usage, "\(path): \(option) and the training itself would write this file; name another \(option)")
    }
    if let log = records.log { try OutputKind.log.requireFitting(log) }
    // Creates the output, to see whether it can be, and removes it again.
    _ = try Output(path: job.output, as: .checkpoint)
    try config.compare(job.recipe)
    try config.save(keeping: inputs + images)
    switch try train() {
    case .finished(let summary): report(summary)
    case .interrupted(let epochs):
      Terminal.note(stopped(after: epochs))
      Interruption.end()
    }
  }

  private func train() throws(Failure) -> TrainingOutcome {
    do throws(TrainingError) {
      let trainer = try Trainer(job, observers: records.observers())
      cache.warnAboutUnusedOptions(trainer)
      cache.note(trainer)
      Interruption.defer()
      defer { StatusLine.clear() }
      return try trainer.run { Interruption.isRequested }
    } catch {
      throw failure(error)
    }
  }

  /// - Parameter epochs: that are done.
  private func stopped(after epochs: Int) -> Remark {
    let kept =
      epochs == 0
      ? "No epoch was finished; \(job.statePath) holds the start"
      : "\(epochs.counted("epoch is", "epochs are")) saved in \(job.statePath)"
    return "stopped. \(kept). Run the same command with --resume to continue at epoch \(epochs + 1)"
  }

  /// The files of the images.
  private var images: [String] {
    [job.training, job.validation].compactMap(\.self).flatMap(\.sources).map(\.path)
  }

  private func failure(_ error: TrainingError) -> Failure {
    guard error.code == .file, job.holdsState,
      !error.explanation.optionText.contains("--resume")
    else { return Failure(error, output: job.output) }
    return Failure(
      .writing, "\(error). The last saved epoch is in \(job.statePath); run again with --resume to continue")
  }

  private func report(_ summary: TrainingSummary) {
    var text = "\(job.output): epoch \(summary.epoch) of \(summary.records.count)"
    let kept = summary.records.first { $0.epoch == summary.epoch }
    if let metrics = kept?.validation {
      text +=
        ", \(metrics.meanAveragePrecision == nil ? "accuracy" : "mAP") \((100 * metrics.score).text(decimals: 2)) %, loss \(metrics.loss.text(decimals: 4)) on "
        + metrics.images.counted("image")
    }
    text += ", \(Int(summary.byteCount).grouped) bytes"
    if summary.endedEarly { text += "; ended early, because validation no longer improved" }
    Terminal.note("\(text)")
  }
}

/// The place that a path leads to, with or without something there.
private struct Place: Equatable {
  private let folder: FileIdentity?
  private let name: String

  init(_ path: String) {
    folder = FileIdentity(path: path.folderPart.isEmpty ? "." : path.folderPart)
    name = path.lastPathPart
  }
}
