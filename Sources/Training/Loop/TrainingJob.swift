public import CheckpointFormat
public import ResNetModel

/// What is to be trained, on what, and where the result goes.
public struct TrainingJob: Sendable {
  /// What to do about the state that an interrupted training left beside the output.
  public enum Resumption: Hashable, Sendable {
    /// Refuse to begin when there is one.
    case begin
    /// Begin anew.
    case restart
    /// Go on.
    case resume
  }

  /// The network as it begins, with the head for the classes. Its preprocessing is what images go through.
  public var model: Model
  /// A text that tells the weights at the beginning from others; nil where the model itself has one.
  package var start: String?
  /// The images; the classes are the network's.
  public var training: ImageSet
  /// Images to validate with; the classes are the network's.
  public var validation: ImageSet?
  /// How to train.
  public var options: TrainingOptions
  /// The checkpoint that is written at the end.
  public var output: String
  /// What the output is to be a delta of; nil for a complete file.
  public var base: CheckpointStack?
  /// What to do about a state.
  public var resumption = Resumption.begin
  /// Whether the state, with the last epoch's weights, stays when all is done.
  public var keepsState = false
  /// The name of the checkpoint that the network began as, for the output's origin; nil for drawn weights.
  public var source: String?
  /// What the recipe says beside the options.
  public var remarks: [String: String] = [:]

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

  /// The state's place.
  public var statePath: String { TrainingState.path(forOutput: output) }

  /// All of the recipe.
  var recipe: [String: String] { options.recipe.merging(remarks) { own, _ in own } }
}

/// How a training ended.
public enum TrainingOutcome: Hashable, Sendable {
  /// The output was written.
  case finished(TrainingSummary)
  /// It was asked to stop; the state holds what so many epochs made.
  case interrupted(epochs: Int)
}

/// What came of a training.
public struct TrainingSummary: Hashable, Sendable {
  /// One for each epoch.
  public var records: [EpochRecord]
  /// The epoch whose weights were kept, from 1.
  public var epoch: Int
  /// Whether it ended since no epoch had become better for a while.
  public var endedEarly: Bool
  /// The size of the file.
  public var byteCount: UInt64
}
