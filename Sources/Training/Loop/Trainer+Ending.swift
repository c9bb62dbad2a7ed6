import CheckpointFormat
import Messages
import ModelDescriptor
import Platform
import ResNetGraph
import ResNetModel
import TensorCore

extension Trainer {
  /// What observers are told before the first step.
  var outline: TrainingOutline {
    TrainingOutline(
      architecture: job.model.descriptor.architecture.name ?? "custom network",
      labels: job.training.labels, trainingImages: job.training.count,
      validationImages: job.validation?.count ?? 0,
      trainedParameters: engine.network.parameters.reduce(0) { $0 + $1.shape.elementCount },
      parameters: job.model.graph.parameterCount, epochs: job.epochs, stepsPerEpoch: job.stepsPerEpoch,
      goesOn: goesOn, epochsDone: state.progress.epochs, stepsDone: state.progress.steps, options: job.recipe)
  }

  /// Writes the checkpoint of the best epoch, or of the last one where nothing is validated.
  func writeOutput() throws(TrainingError) -> TrainingSummary {
    let progress = state.progress
    let model = try resultModel()
    do {
      let summary =
        if let base = job.base {
          try model.write(to: job.output, from: base)
        } else {
          try model.write(to: job.output)
        }
      return TrainingSummary(
        records: progress.records, epoch: keptEpoch, endedEarly: progress.stopping.isOver,
        byteCount: summary.fileByteCount)
    } catch {
      throw TrainingError(
        .file,
        """
        \(job.output): \(error). The training is finished and its weights are in \(job.statePath): \(Remedy.resuming) \
        writes the file again
        """
      )
    }
  }

  private var keptEpoch: Int { state.progress.stopping.bestEpoch ?? state.progress.epochs }

  private func resultModel() throws(TrainingError) -> Model {
    let kept =
      !state.best.isEmpty ? state.best : state.averages.isEmpty ? state.weights : state.averages
    do {
      return try job.model.replacing(kept, descriptor: resultDescriptor)
    } catch {
      throw TrainingError(.state, "the trained tensors are no network: \(error)")
    }
  }

  private var resultDescriptor: ModelDescriptor {
    var descriptor = job.model.descriptor
    let before = descriptor.origin
    descriptor.dropWhatTrainingChanges(head: false)
    descriptor.labels = job.training.labels
    // No source file has these weights; the licence of those that they began as still holds.
    descriptor.origin = Origin(
      kind: .trained, source: job.source, license: before.license, seed: job.options.seed)
    descriptor.recipe = job.recipe
    descriptor.metrics = metrics
    return descriptor
  }

  /// The figures of the epoch that was kept.
  private var metrics: [String: Double] {
    guard let record = state.progress.records.last(where: { $0.epoch == keptEpoch }) else { return [:] }
    var metrics = [
      "epoch": Double(record.epoch), "train_acc@1": record.accuracy, "train_loss": record.loss,
    ]
    if let validation = record.validation {
      metrics["acc@1"] = validation.top1
      metrics["acc@5"] = validation.top5
      metrics["loss"] = validation.loss
    }
    return metrics
  }

  /// The error of a step whose numbers are not finite.
  ///
  /// - Parameter rates: the step's.
  func divergence(
    _ outcome: TrainingEngine.Outcome?, step: Int, epoch: Int, rates: LearningRates
  ) -> TrainingError {
    let fault =
      switch outcome {
      case let outcome? where !outcome.figures.loss.isFinite:
        "the loss is \(outcome.figures.loss.isNaN ? "NaN" : "infinite")"
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

  /// Writes what was good before numbers became infinite, and returns the error that says so. The state goes: it would lead to the
  /// same step again.
  func keepingBest(_ error: TrainingError) throws(TrainingError) -> TrainingError {
    guard state.progress.epochs > 0 else {
      return TrainingError(error.code, "\(error). No epoch was finished, so nothing was written")
    }
    _ = try writeOutput()
    job.removeState()
    return TrainingError(
      error.code, "\(error). \(job.output) has the weights of epoch \(keptEpoch)")
  }
}

extension Double {
  /// A tenth of a learning rate that was too large, to two digits; at most what is usual.
  fileprivate func smallerRate(for rule: UpdateRule) -> Double {
    let usual =
      switch rule {
      case .sgd: 0.1
      case .adam, .adamw: 1e-3
      }
    guard self / 10 < usual else { return usual }
    let scale = pow(10, 1 - log10(self / 10).rounded(.down))
    return (self / 10 * scale).rounded() / scale
  }
}
