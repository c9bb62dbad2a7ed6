extension Settings {
  /// Members of a recipe that tell of a training's beginning and data, and are no options.
  static let recordNames: Set = [
    "base", "base-root", "from", "dataset", "images", "validation", "validation-images",
  ]

  /// The settings that repeat a training by its recipe. A recipe leaves out what has no effect; a command may do it by default, so
  /// that these settings say it all.
  ///
  /// - Parameters:
  ///   - recipe: the options, as a trained file has them.
  ///   - operands: the paths that a report has beside them.
  init(recipe: [String: String], operands: [String: String]) {
    func text(_ name: String, _ value: String?) {
      if let value { values[name] = .texts([value]) }
    }
    for (name, value) in recipe where !Self.recordNames.contains(name) {
      switch (name, value) {
      case ("order", "sorted"): values["no-shuffle"] = .flag(true)
      case ("order", "balanced"): values["balance-classes"] = .flag(true)
      case ("order", _), ("head", "new"): break
      case ("class-weights", _): values["balance-loss"] = .flag(true)
      case ("augment", "none"): values["no-augment"] = .flag(true)
      case ("unfreeze", _): values["unfreeze"] = .texts(value.split(separator: " ").map(String.init))
      case (_, "yes"): values[name] = .flag(true)
      default: text(name, value)
      }
    }
    if recipe["exempt-norms"] == nil { values["exempt-norms"] = .flag(false) }
    text("warmup-epochs", recipe["warmup-epochs"] ?? "0")
    text("patience", recipe["patience"] ?? "0")
    text("backbone-lr", recipe["backbone-lr"] ?? recipe["lr"])
    // A recipe without a record of its data says nothing of validation.
    if recipe["dataset"] != nil, recipe["validation"] == nil {
      text("validation-split", recipe["validation-split"] ?? "0")
    }
    // New versions of the images in each epoch, whose features cannot be kept.
    if recipe["base"] != nil, recipe["cache-views"] == nil, recipe["augment"] != "none",
      recipe["train"] != "all"
    {
      values["no-cache"] = .flag(true)
    }
    // What is read; a report names no outputs.
    for name in ["model", "dataset", "validation", "from", "descriptor"] { text(name, operands[name]) }
  }
}
