public import Datasets
import Files
import Messages
import Platform
public import ResNetModel

/// A network that was fine-tuned, and how that went.
public struct FinetunedModel: Sendable {
  /// The network with the weights of the best epoch.
  public let model: Model
  /// The epochs, and the one whose weights were kept.
  public let summary: TrainingSummary
}

extension Model {
  /// Adapts the network to the classes of a data set: the last stage and the head are trainable, as
  /// ``TrainingOptions/finetuning(_:images:isValidated:optimizer:)`` says, and the best epoch is kept. Frozen layers stay bit for bit,
  /// and the model itself is not changed.
  ///
  /// ```swift
  /// let model = try Model(contentsOf: "resnet50.rzoo")
  /// let images = try ImageSet(path: "insects")
  /// let tuned = try model.finetuned(on: images) { $0.epochs = 10 }
  /// try tuned.model.write(to: "insects.rzoo")
  /// ```
  ///
  /// - Parameters:
  ///   - images: the images to train on, which give the network its classes.
  ///   - validation: the images to validate with; nil for a fifth of each class of `images`.
  ///   - head: the form of a new head; nil for one like the network's own, and only where the classes differ.
  ///   - seed: of the split, of the head's weights and of the training.
  ///   - observers: told of the training while it runs.
  ///   - adjust: changes the good options.
  /// - Throws: ``TrainingError``.
  public func finetuned(
    on images: ImageSet, validation: ImageSet? = nil, head: NewHead? = nil, seed: UInt64 = 0,
    observers: [any TrainingObserver] = [],
    adjust: (inout TrainingOptions) -> Void = { _ in }
  ) throws(TrainingError) -> FinetunedModel {
    let sets = try Self.sets(images, validation: validation, seed: seed)
    var options = try TrainingOptions.finetuning(self, images: sets.training.count, isValidated: true)
    options.seed = seed
    adjust(&options)
    let start = try AdaptedModel(
      self, training: sets.training, validation: sets.validation, head: head, precision: options.precision,
      seed: seed)
    try start.requireTrainableHead(options.selection)
    let folder = try ScratchFolder()
    defer { folder.remove() }
    var job = TrainingJob(
      start.model, training: start.training, validation: start.validation, options: options,
      output: folder.path + "/model.rzoo")
    job.validationShare = validation == nil ? TrainingOptions.finetuningValidationShare : nil
    let identity = identity
    job.start = identity
    if case .checkpoint(_, let path) = provenance {
      let name = path.lastPathPart
      job.source = name
      job.remarks = start.remarks(base: name, contentRoot: identity, head: head)
    }
    guard case .finished(let summary) = try Trainer(job, observers: observers).run() else {
      preconditionFailure("a training that nothing can stop was stopped")
    }
    do {
      return FinetunedModel(model: try Model(contentsOf: job.output), summary: summary)
    } catch {
      throw TrainingError(.file, "\(job.output): \(error)")
    }
  }

  /// The given sets, or parts of the first one.
  private static func sets(
    _ images: ImageSet, validation: ImageSet?, seed: UInt64
  ) throws(TrainingError) -> (training: ImageSet, validation: ImageSet) {
    do {
      if let validation { return (images, try validation.relabelled(images.labels)) }
      return try images.split(validationShare: TrainingOptions.finetuningValidationShare, seed: seed)
    } catch {
      throw TrainingError(error)
    }
  }
}

/// A new folder for files that only a training needs.
private struct ScratchFolder {
  let path: String

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file``.
  init() throws(TrainingError) {
    let parent = environment("TMPDIR") ?? "/tmp"
    var template = Array((parent + "/reszoo-XXXXXX").utf8CString)
    guard unsafe mkdtemp(&template) != nil else {
      throw TrainingError(.file, "\(parent): a folder for the training cannot be made there")
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Deletes the folder with its files.
  func remove() {
    for name in ["model.rzoo", "model.rzoo.training", "model.rzoo.training.lock"] {
      unsafe unlink(path + "/" + name)
    }
    unsafe rmdir(path)
  }
}
