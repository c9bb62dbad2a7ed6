import Datasets
import ImageInput
import TensorCore

extension TrainingOptions {
  /// All that has influence on the result, by the names of the command line's options: the recipe of the trained file, and what a
  /// resumed training must have in common with the one before.
  public var recipe: [String: String] {
    var recipe = [
      "train": selection.description, "lr": rates.head.description, "batch": batch.description,
      "epochs": epochs.description, "seed": seed.description, "weight-decay": weightDecay.description,
      "order": order.rawValue, "augment": augmentation.description,
    ]
    recipe["backbone-lr"] = rates.backbone == rates.head ? nil : rates.backbone.description
    recipe["unfreeze"] =
      unfreezings.isEmpty
      ? nil : unfreezings.map { "\($0.selection)@\($0.epoch)" }.joined(separator: " ")
    recipe["exempt-norms"] = exemptsNormsAndBiases && weightDecay > 0 ? "yes" : nil
    recipe["clip"] = clipping?.description
    recipe["ema"] = averaging?.description
    recipe["max-steps"] = maxSteps?.description
    recipe["warmup-epochs"] = warmupEpochs > 0 ? warmupEpochs.description : nil
    recipe["label-smoothing"] = loss.labelSmoothing > 0 ? loss.labelSmoothing.description : nil
    recipe["class-weights"] = balancesLoss ? "balanced" : nil
    recipe["loss"] = lossName?.rawValue
    recipe["pos-weight"] = positiveWeight?.description
    recipe["patience"] = patience?.description
    recipe["best-by"] = metric == .accuracy ? nil : metric.rawValue
    recipe["mixup"] = mixing.mixup > 0 ? mixing.mixup.description : nil
    recipe["precision"] = precision == .float32 ? nil : precision.rawValue
    recipe["cutmix"] = mixing.cutmix > 0 ? mixing.cutmix.description : nil
    addCache(to: &recipe)
    return recipe.merging(rule.recipe) { own, _ in own }.merging(schedule.recipe) { own, _ in own }
  }

  /// Adds the versions and the precision of kept features, which are also those that are trained on.
  private func addCache(to recipe: inout [String: String]) {
    guard let cache, selection.paths != nil else { return }
    if augmentation != .none { recipe["cache-views"] = views?.description }
    recipe["cache-type"] = cache.storage == .float32 ? nil : cache.storage.rawValue
  }
}
