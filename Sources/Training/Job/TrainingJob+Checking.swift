import CheckpointFormat
import Datasets
import ImageInput
import Messages
import Metrics
import ModelDescriptor
import ResNetGraph
import ResNetModel

extension TrainingJob {
  /// - Throws: ``TrainingError`` when options, network and data do not fit.
  func validate() throws(TrainingError) {
    try options.validate()
    try requireImageInput()
    let classes = model.descriptor.architecture.classes
    guard model.descriptor.architecture.head != .none else {
      throw TrainingError(.network, "the network has no head to train; fine-tuning gives it one")
    }
    try requireFittingLoss()
    let counts = training.countOfLabel
    let empty = training.labels.indices.filter { counts[$0] == 0 }
    guard empty.isEmpty else {
      throw TrainingError(
        .data,
        """
        \(empty.count) of \(training.labels.count) classes have no image to learn from: \
        \(empty.prefix(5).map { "'\(training.labels[$0])'" }.joined(separator: ", ")); add images, or leave the classes out
        """)
    }
    guard classes > 1 || answer != .one else {
      throw TrainingError(.data, "there is one class; a network learns to tell two or more apart")
    }
    if let weights = options.loss.classWeights, weights.count != classes {
      throw TrainingError(.options, "\(weights.count) weights of classes for \(classes) classes")
    }
    guard options.batch <= training.count else {
      throw TrainingError(
        .options,
        "a batch of \(options.batch) images is more than the \(training.count) to train on; give a smaller \(Remedy.batch)"
      )
    }
    var trained = try options.selection.nodes(in: model.graph)
    for unfreezing in options.unfreezings.sorted(by: { $0.epoch < $1.epoch }) {
      let nodes = try unfreezing.selection.nodes(in: model.graph)
      guard !nodes.isSubset(of: trained) else {
        throw TrainingError(
          .options,
          """
          \(unfreezing.selection) is trainable before epoch \(unfreezing.epoch) already; \(Remedy.unfreezing) is for layers \
          that \(Remedy.trainable(nil)) leaves frozen
          """
        )
      }
      trained.formUnion(nodes)
    }
    try requireStorable(trained)
    if let validation, validation.count == 0 {
      throw TrainingError(.data, "there is no image to validate with")
    }
    try requireReadableClasses()
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/data`` for a class of which no image can be read.
  /// - Complexity: one image of each class is decoded.
  private func requireReadableClasses() throws(TrainingError) {
    let unreadable = training.labelsWithoutReadableImage(threads: options.threads)
    guard let first = unreadable.first else { return }
    throw TrainingError(
      .data,
      """
      class '\(training.labels[first.label])' has no image that can be read\
      \(unreadable.count > 1 ? ", like \(unreadable.count - 1) more of \(training.labels.count) classes" : ""): \(first.reason). \
      Repair its images, or leave the class out
      """)
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/file`` when the output, or the state of the training, would have more tensors
  ///   than a checkpoint can.
  private func requireStorable(_ trained: Set<Int>) throws(TrainingError) {
    let parameters = model.graph.parameters.filter { trained.contains($0.node) }
    let copies = 1 + (options.averaging == nil ? 0 : 1) + (validation == nil ? 0 : 1)
    let memories = parameters.count { $0.role.isTrainable } * options.rule.definition.memories.count
    let counts = [(output, model.graph.parameters.count), (statePath, copies * parameters.count + memories)]
    for (path, count) in counts {
      do {
        try CheckpointWriter.require(tensorCount: count)
      } catch {
        throw TrainingError(.file, "\(path): \(error)")
      }
    }
  }

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/network`` when images cannot become the network's input.
  private func requireImageInput() throws(TrainingError) {
    let preprocessing = model.descriptor.preprocessing
    let channels = preprocessing.inputSize.first ?? 0
    guard channels == 1 || channels == 3 else {
      throw TrainingError(
        .network,
        """
        the network takes \(channels) channels, and images have 3, or 1 when they are taken as grey: it cannot be trained \
        on images
        """)
    }
    do {
      _ = try AugmentedPreparer(preprocessing, options.augmentation)
    } catch {
      throw TrainingError(.network, "\(error.message)")
    }
  }

  /// Returns warnings on the images: on those in several classes, on classes that validation lacks, and on those that are both trained
  /// on and validated with.
  func noticesOfData() -> [String] {
    let contradictions = [training, validation].map { $0?.remarkOnContradictions(threads: options.threads) }
    return contradictions.compactMap { $0?.description }
      + [noticeOfMissingClasses(), noticeOfSharedImages(), noticeOfScores()].compactMap(\.self)
  }

  /// Returns a warning where there will be no mean average precision.
  private func noticeOfScores() -> String? {
    guard answer == .several, let validation,
      !ScoreTable.holds(images: validation.count, classes: validation.labels.count)
    else { return nil }
    return
      "\(validation.count) validation images of \(validation.labels.count) classes are too many for the mean average precision; the "
      + "best epoch is that of the highest F1 over all answers"
  }

  private func noticeOfMissingClasses() -> String? {
    guard let validation else { return nil }
    let counts = validation.countOfLabel
    let missing = validation.labels.indices.filter { counts[$0] == 0 }.map { "'\(validation.labels[$0])'" }
    guard !missing.isEmpty else { return nil }
    return
      "\(missing.count) of \(counts.count) classes \(missing.count == 1 ? "has" : "have") no image to validate with: "
      + missing.prefix(5).joined(separator: ", ") + (missing.count > 5 ? ", …" : "")
  }

  /// Returns a warning when validation images are also trained on; nil when no such images were found.
  private func noticeOfSharedImages() -> String? {
    guard let validation else { return nil }
    let shared = SharedImages(of: validation, in: training, threads: options.threads)
    guard shared.count > 0 else { return nil }
    let number = (shared.isComplete ? "" : "at least ") + "\(shared.count) of the \(validation.count)"
    return
      "\(number) validation images \(shared.count == 1 ? "is" : "are") also in the training set, so validation accuracy "
      + "will be too high"
  }
}
