/// What one epoch came to.
public struct EpochRecord: Hashable, Sendable, Codable {
  /// Counted from 1.
  public var epoch: Int
  /// Steps since the beginning of the run.
  public var steps: Int
  /// The mean over the epoch's images, each before its step.
  public var loss: Double
  /// The share of the epoch's images that were right before their step, 0 to 1.
  public var accuracy: Double
  /// Of the head, in the epoch's last step.
  public var learningRate: Double
  /// Loss and shares on the validation set; nil without one.
  public var validation: Validation?
  /// Whether no epoch before was better.
  public var isBest: Bool
  /// Images that were trained on.
  public var images: Int
  /// Images that could not be read and were left out.
  public var unreadable: Int
  /// Wall-clock time, validation included.
  public var seconds: Double

  /// The figures of a validation set.
  public struct Validation: Hashable, Sendable, Codable {
    /// The mean cross-entropy.
    public var loss: Double
    /// The share of the images whose class had the largest logit, 0 to 1.
    public var top1: Double
    /// The share of the images whose class was among the five largest logits; nil for five classes or fewer.
    public var top5: Double?
    /// Images of the set.
    public var images: Int

    /// Figures.
    public init(loss: Double, top1: Double, top5: Double? = nil, images: Int) {
      self.loss = loss
      self.top1 = top1
      self.top5 = top5
      self.images = images
    }
  }

  /// A record from its fields.
  public init(
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
