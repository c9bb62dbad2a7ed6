public import CheckpointFormat
public import Datasets
public import ResNetModel

/// A training: the network, the data, the options and the output.
public struct TrainingJob: Sendable {
  /// The treatment of a state that an interrupted training left beside the output.
  public enum Resumption: Hashable, Sendable {
    /// Begins, and refuses if there is a state.
    case begin
    /// Begins, and discards a state.
    case restart
    /// Resumes from the state.
    case resume
  }

  /// The network before training, with a head for the classes. Images go through its preprocessing.
  public var model: Model
  /// A text that tells the weights at the beginning from others; nil where the model itself has one. It is no mere claim of a file: what is
  /// kept for it, in the cache and in the state, is used for all weights of this text.
  package var start: String?
  /// True if a state is continued only where it is proved that it began with these weights.
  package var requiresProvedStart = false
  /// The images to train on; the classes are the network's.
  public var training: ImageSet
  /// The images to validate with, if any; the classes are the network's.
  public var validation: ImageSet?
  /// The options of the training.
  public var options: TrainingOptions
  /// The path of the checkpoint that is written at the end.
  public var output: String
  /// The base of which the output is a delta; nil for a complete file.
  public var base: CheckpointStack?
  /// The treatment of a state.
  public var resumption = Resumption.begin
  /// True if the state, with the weights of the last epoch, stays when all is done.
  public var keepsState = false
  /// The name of the checkpoint that the network was read from, for the origin of the output; nil for random weights.
  public var source: String?
  /// Members of the recipe beside the options.
  public var remarks: [String: String] = [:]
  /// The share of each class that was kept back to validate with; nil where it is another set, or none.
  public var validationShare: Double?
  /// The paths that the training was begun with, by the names of the operands and options; they stay out of the trained file.
  public var operands: [String: String] = [:]

  /// A job that begins and writes a complete file.
  public init(
    _ model: Model, training: ImageSet, validation: ImageSet? = nil, options: TrainingOptions,
    output: String
  ) {
    self.model = model
    self.training = training
    self.validation = validation
    self.options = options
    self.output = output
  }

  /// A text that tells the weights at the beginning from others.
  var identity: String { start ?? model.identity }

  /// The path of the state.
  public var statePath: String { TrainingState.path(forOutput: output) }

  /// The whole recipe.
  package var recipe: [String: String] {
    options.recipe.merging(remarks) { own, _ in own }.merging(record) { own, _ in own }
  }

  /// The names of the members of ``record``.
  static let recordNames: Set = ["dataset", "images", "validation", "validation-images", "validation-split"]

  /// The members of the recipe that tell of the data. A resumed training may find the same images under other names.
  private var record: [String: String] {
    var record = ["images": training.count.description]
    record["dataset"] = training.name
    record["validation-images"] = validation?.count.description
    record["validation-split"] = validationShare?.description
    if validationShare == nil { record["validation"] = validation?.name }
    return record
  }
}

/// The end of a training.
public enum TrainingOutcome: Hashable, Sendable {
  /// The output was written.
  case finished(TrainingSummary)
  /// The caller stopped it; the state holds the result of so many epochs.
  case interrupted(epochs: Int)
}

/// The result of a training.
public struct TrainingSummary: Hashable, Sendable {
  /// The record of each epoch.
  public var records: [EpochRecord]
  /// The epoch whose weights were kept, from 1.
  public var epoch: Int
  /// True if it ended early, as no epoch had become better for a while.
  public var endedEarly: Bool
  /// The size of the file.
  public var byteCount: UInt64
}
