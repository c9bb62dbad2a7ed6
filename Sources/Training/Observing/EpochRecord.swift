/// The metrics of one epoch.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// The number of the epoch, from 1.
  public var epoch: Int
  /// The number of steps since the beginning of the run.
  public var steps: Int
  /// The mean loss over the images of the epoch, each before its step.
  public var loss: Double
  /// The share of the epoch's images that were right before their step, 0 to 1.
  public var accuracy: Double
  /// The learning rate of the head in the last step of the epoch.
  public var learningRate: Double
  /// The metrics on the validation set; nil without one.
  public var validation: Validation?
  /// True if no epoch before was better.
  public var isBest: Bool
  /// The number of images that were trained on.
  public var images: Int
  /// The number of images that could not be read and were left out.
  public var unreadable: Int
  /// The wall-clock time, validation included.
  public var seconds: Double

  /// The metrics of a network on a validation set.
  public struct Validation: Hashable, Sendable, Codable {
    /// The mean cross-entropy; the mean binary cross-entropy where the network answers several classes at once, or yes or no.
    public var loss: Double
    /// The share of the images whose class had the largest logit, 0 to 1; where each class is answered for itself, those of which all
    /// were right.
    public var top1: Double
    /// The share of the images whose class was among the five largest logits; nil for five classes or fewer.
    public var top5: Double?
    /// The number of images.
    public var images: Int
    /// The mean of the classes' average precisions, 0 to 1; nil unless images have any number of classes.
    public var meanAveragePrecision: Double?
    /// The F1 score of all answers together at a probability of 0.5; nil unless images have any number of classes.
    public var microF1: Double?
    /// The mean of the classes' F1 scores at a probability of 0.5; nil unless images have any number of classes.
    public var macroF1: Double?

    /// Metrics from their values.
    public init(
      loss: Double, top1: Double, top5: Double? = nil, images: Int, meanAveragePrecision: Double? = nil,
      microF1: Double? = nil, macroF1: Double? = nil
    ) {
      self.loss = loss
      self.top1 = top1
      self.top5 = top5
      self.images = images
      self.meanAveragePrecision = meanAveragePrecision
      self.microF1 = microF1
      self.macroF1 = macroF1
    }

    /// The metric that says how good the answers are: where images have any number of classes the mean average precision, or F1 over all
    /// answers where there are too many scores for it; else the share of right answers.
    public var score: Double { meanAveragePrecision ?? microF1 ?? top1 }
  }

  /// A record from its fields.
  package init(
    epoch: Int, steps: Int, loss: Double, accuracy: Double, learningRate: Double,
    validation: Validation? = nil,
    isBest: Bool, images: Int, unreadable: Int = 0, seconds: Double
  ) {
    self.epoch = epoch
    self.steps = steps
    self.loss = loss
    self.accuracy = accuracy
    self.learningRate = learningRate
    self.validation = validation
    self.isBest = isBest
    self.images = images
    self.unreadable = unreadable
    self.seconds = seconds
  }
}
