import ArgumentParser
import Files
import ResZoo

/// What `train` and `finetune` do once they know what is to be done.
struct TrainingRun {
  let job: TrainingJob
  let records: RecordArguments
  let cache: CacheArguments
  /// What the command reads, and must not replace.
  let inputs: [String]

  func run() throws(Failure) {
    try Operand.keep(inputs + images, from: job.output)
    for (option, path) in records.paths + [("--cache", cache.cache)] {
      guard let path, [job.output, job.statePath].contains(where: { Place($0) == Place(path) }) else {
        continue
      }
      throw Failure(
        .usage, "\(path): \(option) and the training itself would write this; name another \(option)")
    }
    // Creates the output, to see whether it can be, and removes it again.
    _ = try Output(path: job.output)
    switch try train() {
    case .finished(let summary): report(summary)
    case .interrupted(let epochs):
      Terminal.error("reszoo: \(stopped(after: epochs))")
      Interruption.end()
    }
  }

  private func train() throws(Failure) -> TrainingOutcome {
    do throws(TrainingError) {
      let trainer = try Trainer(job, observers: records.observers())
      cache.tell(of: trainer)
      Interruption.defer()
      return try trainer.run { Interruption.isRequested }
    } catch {
      throw failure(error)
    }
  }

  /// - Parameter epochs: that are done.
  private func stopped(after epochs: Int) -> String {
    let kept =
      epochs == 0
      ? "no epoch was done, so nothing of the training is kept but \(job.statePath)"
      : "\(job.statePath) keeps all up to the end of epoch \(epochs), and nothing of epoch \(epochs + 1)"
    return
      "stopped; \(kept): the same command with --resume goes on with epoch \(epochs + 1) from its beginning, to the same result"
  }

  /// The files of the images.
  private var images: [String] {
    [job.training, job.validation].compactMap(\.self).flatMap(\.sources).map(\.path)
  }

  private func failure(_ error: TrainingError) -> Failure {
    let base = Failure(error)
    guard error.code == .file, let message = base.message, FileIdentity(path: job.statePath) != nil,
      !message.contains("--resume")
    else { return base }
    return Failure(
      .writing, "\(message). The last epoch that was saved is in \(job.statePath): --resume goes on")
  }

  private func report(_ summary: TrainingSummary) {
    var text = "reszoo: \(job.output): epoch \(summary.epoch) of \(summary.records.count)"
    let kept = summary.records.first { $0.epoch == summary.epoch }
    if let figures = kept?.validation {
      text +=
        ", accuracy \((100 * figures.top1).text(decimals: 2)) %, loss \(figures.loss.text(decimals: 4)) on \(figures.images.grouped) images"
    }
    text += ", \(Int(summary.byteCount).grouped) bytes"
    if summary.endedEarly { text += "; ended early, as no epoch had become better" }
    Terminal.error(text)
  }
}

/// Where a path leads, whether or not something is there.
private struct Place: Equatable {
  private let folder: FileIdentity?
  private let name: String

  init(_ path: String) {
    folder = FileIdentity(path: path.lastIndex(of: "/").map { String(path[...$0]) } ?? ".")
    name = path.lastPathPart
  }
}

/// The images to train on and to validate with.
struct TrainingData {
  var training: ImageSet
  var validation: ImageSet?

  /// - Parameter share: of each class, kept back to validate with; 0 for none.
  init(dataset: String, validation path: String?, share: Double, seed: UInt64) throws(Failure) {
    do throws(DatasetError) {
      training = try ImageSet(path: dataset)
      if training.skipped > 0 {
        Terminal.error("reszoo: \(training.skipped) files that are not JPEG or PNG by name were skipped")
      }
      if let path {
        validation = try ImageSet(path: path, for: .evaluation).relabelled(training.labels, of: dataset)
      } else if share > 0 {
        let parts = try training.split(validationShare: share, seed: seed)
        (training, validation) = (parts.training, parts.validation)
      }
    } catch {
      throw Failure(error)
    }
  }

  /// The classes numbered as a network numbers them.
  ///
  /// - Parameter path: the network's, for errors.
  mutating func relabel(_ labels: [String], of path: String) throws(Failure) {
    do throws(DatasetError) {
      training = try training.relabelled(labels, of: path)
      validation = try validation?.relabelled(labels, of: path)
    } catch {
      throw Failure(error)
    }
  }
}
