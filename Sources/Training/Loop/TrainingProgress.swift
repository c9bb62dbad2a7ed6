import Messages

/// How far a training has come, without its weights: what its state file says in words and figures.
struct TrainingProgress: Hashable, Codable {
  /// Epochs that are done.
  var epochs = 0
  /// Steps that are done.
  var steps = 0
  /// One for each epoch.
  var records: [EpochRecord] = []
  /// What the best epoch is judged by, and how long none was better.
  var stopping: EarlyStopping
  /// Steps that the optimizer did with each tensor.
  var stepsOfTensor: [String: Int] = [:]
  /// Steps that went into the averages.
  var averagedSteps = 0
  /// Whether no epoch is left to do.
  var isDone = false
  /// What the training was asked to do.
  var recipe: [String: String]
  /// What tells its data set from others.
  var data: String
  /// The content root of the weights that it began with.
  var start: String

  /// Whether the counts, which come from a file, are such that one can go on counting.
  var isSound: Bool {
    (0...TrainingOptions.epochLimit).contains(epochs) && stopping.isSound(epochs: epochs)
      && (0...Self.stepLimit).contains(steps) && (0...steps).contains(averagedSteps)
      && stepsOfTensor.values.allSatisfy((0...steps).contains)
  }

  /// Far more steps than anybody waits for.
  private static let stepLimit = 1 << 48

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` that says what is different in the training that is to
  ///   go on.
  func requireSameRun(as other: TrainingProgress, path: String) throws(TrainingError) {
    guard start == other.start else {
      throw TrainingError(
        .state,
        "\(path): belongs to a training that began with another network or other weights. \(Self.advice)")
    }
    let names = Set(recipe.keys).union(other.recipe.keys).sorted()
    let differences = names.filter { recipe[$0] != other.recipe[$0] }
    guard differences.isEmpty else {
      var list = Remark("")
      for name in differences {
        let (before, now) = (recipe[name] ?? "not given", other.recipe[name] ?? "not given")
        list += "\(name == differences[0] ? "" : "; ")\(Remedy.recipe(name)) was \(before) and is \(now)"
      }
      throw TrainingError(
        .state, "\(path): belongs to a training with other options: \(list). \(Self.advice)")
    }
    guard data == other.data else {
      throw TrainingError(
        .state,
        """
        \(path): belongs to a training on another data set: images were added, removed, renamed or changed. \(Self.advice)
        """
      )
    }
  }

  private static let advice: Remark =
    "Repeat the training as it was to continue it, or begin again with \(Remedy.restarting), which gives the old state up"
}
