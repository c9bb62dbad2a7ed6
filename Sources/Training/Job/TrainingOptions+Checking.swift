import ImageInput
import Messages

extension TrainingOptions {
  /// Checks every value.
  ///
  /// - Throws: ``TrainingError`` with ``TrainingError/Code/options`` that names the first one that cannot be.
  public func validate() throws(TrainingError) {
    try require(rates.head > 0 && rates.head.isFinite, "the learning rate", rates.head, "above 0")
    try require(
      rates.backbone > 0 && rates.backbone.isFinite, "the backbone's learning rate", rates.backbone, "above 0"
    )
    try require(weightDecay >= 0 && weightDecay.isFinite, "weight decay", weightDecay, "at least 0")
    try rule.definition.validate()
    if let clipping {
      try require(clipping > 0 && clipping.isFinite, "the norm to clip at", clipping, "above 0")
    }
    if let averaging {
      try require((0..<1).contains(averaging), "the average's decay", averaging, "at least 0 and below 1")
    }
    try require((1...65_536).contains(batch), "the batch", batch, "from 1 to 65536")
    try require(
      (1...Self.epochLimit).contains(epochs), "the number of epochs", epochs, "from 1 to \(Self.epochLimit)")
    if let maxSteps { try require(maxSteps > 0, "the number of steps", maxSteps, "at least 1") }
    if let patience { try require(patience > 0, "the patience", patience, "at least 1 epoch") }
    try require(
      warmupEpochs >= 0 && warmupEpochs < Double(epochs), "the warm-up in epochs", warmupEpochs,
      "at least 0 and shorter than the \(epochs) epochs")
    try require(
      (0..<1).contains(loss.labelSmoothing), "label smoothing", loss.labelSmoothing, "at least 0 and below 1")
    for weight in loss.classWeights ?? [] {
      try require(weight > 0 && weight.isFinite, "the weight of a class", weight, "above 0")
    }
    if case .number(let weight) = positiveWeight {
      try require(weight > 0 && weight.isFinite, "the weight of positives", weight, "above 0")
    }
    try require((0...256).contains(threads), "the number of threads", threads, "from 0 to 256")
    try require((0...256).contains(workers), "the number of workers", workers, "from 0 to 256")
    if let views {
      try require((1...65_536).contains(views), "the number of cached views", views, "from 1 to 65536")
      try require(
        views == 1 || augmentation != .none, "the number of cached views", views, "1 without augmentation")
    }
    if let unreadableLimit {
      try require(unreadableLimit >= 0, "the limit of unreadable images", unreadableLimit, "at least 0")
    }
    try cache?.validate()
    try schedule.definition.validate(rates)
    for unfreezing in unfreezings {
      try require(
        (2...max(epochs, 2)).contains(unfreezing.epoch),
        "the epoch from which \(unfreezing.selection) trains", unfreezing.epoch,
        "from 2 to the last epoch, \(epochs)")
    }
  }
}
