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
    /// The mean cross-entropy.
    public var loss: Double
    /// The share of the images whose class had the largest logit, 0 to 1.
    public var top1: Double
    /// The share of the images whose class was among the five largest logits; nil for five classes or fewer.
    public var top5: Double?
    /// The number of images.
    public var images: Int

    /// Metrics from their values.
    public init(loss: Double, top1: Double, top5: Double? = nil, images: Int) {
      self.loss = loss
      self.top1 = top1
      self.top5 = top5
      self.images = images
    }
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
