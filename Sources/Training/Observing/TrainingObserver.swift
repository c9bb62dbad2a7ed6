public import ModelDescriptor

/// A receiver of the progress of a training, such as a log, a progress line or a report. All calls come from the thread that trains.
public protocol TrainingObserver: AnyObject {
  /// Called once, before the first step.
  func didStart(_ outline: TrainingOutline) throws(TrainingError)
  /// Called after each step.
  func didFinish(step: StepRecord) throws(TrainingError)
  /// Called after each epoch.
  func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError)
  /// Called with a sentence that a user should read.
  func didNotice(_ message: String)
  /// Called once, at the end of a training that was not interrupted.
  ///
  /// - Parameter best: the validation of the epoch whose weights were kept.
  func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError)
}

extension TrainingObserver {
  public func didStart(_ outline: TrainingOutline) throws(TrainingError) {}
  public func didFinish(step: StepRecord) throws(TrainingError) {}
  public func didFinish(epoch: EpochRecord, validation: ValidationResult?) throws(TrainingError) {}
  public func didNotice(_ message: String) {}
  public func didEnd(_ records: [EpochRecord], best: ValidationResult?) throws(TrainingError) {}
}

/// The plan of a training.
public struct TrainingOutline: Hashable, Sendable {
  /// The name of the architecture.
  public var architecture: String
  /// The names of the classes; of yes or no, those of both answers, yes the second.
  public var labels: [String]
  /// The question that the network answers.
  public var answer: Architecture.Answer
  /// The loss that is minimised.
  public var loss: LossName
  /// The number of images to train on.
  public var trainingImages: Int
  /// The number of images to validate with; 0 without validation.
  public var validationImages: Int
  /// The number of parameters that train.
  public var trainedParameters: Int
  /// The number of all parameters.
  public var parameters: Int
  /// What frozen layers of other numbers than single precision lose and gain; nil where they have single precision, or there are none.
  public var frozenCost: FrozenCost?
  /// The number of epochs, if none is left out.
  public var epochs: Int
  /// The number of steps in each epoch.
  public var stepsPerEpoch: Int
  /// True if an earlier process has begun the training.
  public var isResumed: Bool
  /// The number of epochs that an earlier process has done.
  public var epochsDone: Int
  /// The number of steps in those epochs, fewer than usual where images could not be read.
  public var stepsDone: Int
  /// The options of this run by their names, defaults included, and its data.
  public var options: [String: String]
  /// The paths that it was begun with, by the names of the operands and options.
  public var operands: [String: String]

  /// An outline from its fields.
  package init(
    architecture: String, labels: [String], answer: Architecture.Answer = .one,
    loss: LossName = .crossEntropy, trainingImages: Int, validationImages: Int,
    trainedParameters: Int, parameters: Int, frozenCost: FrozenCost? = nil, epochs: Int, stepsPerEpoch: Int,
    isResumed: Bool = false, epochsDone: Int = 0,
    stepsDone: Int = 0, options: [String: String] = [:], operands: [String: String] = [:]
  ) {
    self.architecture = architecture
    self.labels = labels
    self.answer = answer
    self.loss = loss
    self.trainingImages = trainingImages
    self.validationImages = validationImages
    self.trainedParameters = trainedParameters
    self.parameters = parameters
    self.frozenCost = frozenCost
    self.epochs = epochs
    self.stepsPerEpoch = stepsPerEpoch
    self.isResumed = isResumed
    self.epochsDone = epochsDone
    self.stepsDone = stepsDone
    self.options = options
    self.operands = operands
  }
}
