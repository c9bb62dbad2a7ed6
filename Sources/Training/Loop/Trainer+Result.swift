import CheckpointFormat
import Datasets
import Messages
import ModelDescriptor
import ResNetGraph
import ResNetModel
import TensorCore

extension Trainer {
  /// The plan of the training, for observers.
  ///
  /// - Complexity: some images run through the frozen layers, where these are not of single precision.
  func outline() throws(TrainingError) -> TrainingOutline {
    TrainingOutline(
      architecture: job.model.descriptor.architecture.name ?? "custom network",
      labels: job.training.labels, answer: job.answer, loss: job.lossName, trainingImages: job.training.count,
      validationImages: job.validation?.count ?? 0,
      trainedParameters: engine.network.parameters.reduce(0) { $0 + $1.shape.elementCount },
      parameters: job.model.graph.parameterCount, frozenCost: try frozenCost(), epochs: job.epochs,
      stepsPerEpoch: job.stepsPerEpoch,
      isResumed: isResumed, epochsDone: state.progress.epochs, stepsDone: state.progress.steps,
      options: job.recipe, operands: job.operands)
  }

  /// The loss and the gain of the frozen layers' precision; nil where nothing is left to compute with them.
  private func frozenCost() throws(TrainingError) -> FrozenCost? {
    let boundary = engine.network.boundary
    guard job.options.precision != .float32, boundary > 0, !state.progress.isDone else { return nil }
    return try FrozenCost(of: job, boundary: boundary, pool: pool)
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

  /// The epoch whose weights are kept.
  var keptEpoch: Int { state.progress.stopping.bestEpoch ?? state.progress.epochs }

  private func resultModel() throws(TrainingError) -> Model {
    let kept =
      !state.best.isEmpty ? state.best : state.averages.isEmpty ? state.weights : state.averages
    var descriptor = resultDescriptor
    descriptor.untrained.removeAll { part in kept.keys.contains { $0.hasPrefix(part + ".") } }
    do {
      return try job.model.replacing(kept, descriptor: descriptor)
    } catch {
      throw TrainingError(.state, "the trained tensors are no network: \(error)")
    }
  }

  private var resultDescriptor: ModelDescriptor {
    var descriptor = job.model.descriptor
    let before = descriptor.origin
    descriptor.dropWhatTrainingChanges(head: false)
    descriptor.labels = job.resultLabels
    // No source file has these weights, and what was said of those that they began as is not true of them; their licence still holds.
    descriptor.notes = nil
    descriptor.origin = Origin(
      kind: .trained, source: job.source, license: before.license, seed: job.options.seed)
    descriptor.recipe = job.recipe
    descriptor.metrics = metrics
    return descriptor
  }

  /// The metrics of the epoch that was kept, as a checkpoint names them.
  private var metrics: [String: Double] {
    guard let record = state.progress.records.last(where: { $0.epoch == keptEpoch }) else { return [:] }
    var metrics = [
      "epoch": Double(record.epoch), "train_images": Double(job.training.count),
      "train_acc@1": record.accuracy, "train_loss": record.loss,
    ]
    if let validation = record.validation {
      metrics["images"] = Double(validation.images)
      metrics["acc@1"] = validation.top1
      metrics["acc@5"] = validation.top5
      metrics["loss"] = validation.loss
      metrics["mAP"] = validation.meanAveragePrecision
      metrics["f1_micro"] = validation.microF1
      metrics["f1_macro"] = validation.macroF1
    }
    return metrics
  }
}
