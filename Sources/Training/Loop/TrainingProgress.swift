import Messages

/// The progress of a training without its weights, as the JSON of its state file has it.
struct TrainingProgress: Hashable, Codable {
  /// The number of epochs that are done.
  var epochs = 0
  /// The number of steps that are done.
  var steps = 0
  /// The record of each epoch.
  var records: [EpochRecord] = []
  /// The best epoch, and the epochs since.
  var stopping: EarlyStopping
  /// The number of steps that the optimizer did with each tensor.
  var stepsOfTensor: [String: Int] = [:]
  /// The number of steps that went into the averages.
  var averagedSteps = 0
  /// True if no epoch is left to do.
  var isDone = false
  /// The options of the training.
  var recipe: [String: String]
  /// The fingerprint of its data sets.
  var data: String
  /// The digest of its images' bytes; nil for more of them than are read before a training.
  var contents: String?
  /// The content root of the weights that it began with.
  var start: String
  /// True if those weights were hashed; nil in states of versions that took a header's word.
  var isStartProved: Bool? = true

  /// True if the counts, which come from a file, are possible ones.
  var isSound: Bool {
    (0...TrainingOptions.epochLimit).contains(epochs) && stopping.isSound(epochs: epochs)
      && (0...Self.stepLimit).contains(steps) && (0...steps).contains(averagedSteps)
      && stepsOfTensor.values.allSatisfy((0...steps).contains)
  }

  /// A limit far above the steps of any training, so that counting cannot overflow.
  private static let stepLimit = 1 << 48

  /// - Throws: ``TrainingError`` with ``TrainingError/Code/state`` that names the differences to the training that is to be resumed.
  func requireSameRun(as other: TrainingProgress, path: String) throws(TrainingError) {
    guard start == other.start else {
      throw TrainingError(
        .state,
        "\(path): belongs to a training that began with another network or other weights. \(Self.advice)")
    }
    let names = Set(recipe.keys).union(other.recipe.keys).subtracting(TrainingJob.recordNames).sorted()
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
    let haveSameBytes = contents == nil || other.contents == nil || contents == other.contents
    guard data == other.data, haveSameBytes else {
      throw TrainingError(
        .state,
        """
        \(path): belongs to a training on another data set: images were added, removed, renamed or changed. \(Self.advice)
        """
      )
    }
  }

  static let advice: Remark =
    "Repeat the training as it was to continue it, or begin again with \(Remedy.restarting), which gives the old state up"
}
