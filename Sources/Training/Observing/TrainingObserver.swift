/// Who is told of a training while it runs: logs, progress lines, reports. All calls come from the thread that trains.
public protocol TrainingObserver: AnyObject {
  /// Once, before the first step.
  func didStart(_ outline: TrainingOutline) throws(TrainingError)
  /// After each step.
  func didFinish(step: StepRecord) throws(TrainingError)
  /// After each epoch.
  func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError)
  /// Something that a user should know, in a sentence.
  func didNotice(_ message: String)
  /// Once, at the end of a training that was not given up.
  ///
  /// - Parameter best: of the epoch whose weights were kept.
  func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError)
}

extension TrainingObserver {
  public func didStart(_ outline: TrainingOutline) throws(TrainingError) {}
  public func didFinish(step: StepRecord) throws(TrainingError) {}
  public func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError) {}
  public func didNotice(_ message: String) {}
  public func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError) {}
}

/// What a training is going to do.
public struct TrainingOutline: Hashable, Sendable {
  /// Of the architecture.
  public var architecture: String
  /// For each class.
  public var labels: [String]
  /// Images to train on.
  public var trainingImages: Int
  /// Images to validate with; 0 without validation.
  public var validationImages: Int
  /// Numbers that train, and all of the network's.
  public var trainedParameters: Int
  public var parameters: Int
  /// The last epoch.
  public var epochs: Int
  /// Steps of each epoch.
  public var stepsPerEpoch: Int
  /// Whether an earlier process has begun it.
  public var goesOn: Bool
  /// Epochs that an earlier process has done.
  public var epochsDone: Int
  /// Steps of those epochs, which are fewer than usual where images could not be read.
  public var stepsDone: Int
  /// Options by their names, as they are for this run, defaults included.
  public var options: [String: String]

  /// An outline from its fields.
  public init(
    architecture: String, labels: [String], trainingImages: Int, validationImages: Int,
    trainedParameters: Int,
    parameters: Int, epochs: Int, stepsPerEpoch: Int, goesOn: Bool = false, epochsDone: Int = 0,
    stepsDone: Int = 0, options: [String: String] = [:]
  ) {
    self.architecture = architecture
    self.labels = labels
    self.trainingImages = trainingImages
    self.validationImages = validationImages
    self.trainedParameters = trainedParameters
    self.parameters = parameters
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    self.goesOn = goesOn
    self.epochsDone = epochsDone
    self.stepsDone = stepsDone
    self.options = options
  }
}
